import { describe, expect, it } from 'vitest';
import { commandOfWords } from '../../../lib/client/commands.js';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { RecordingHost } from './recording-host.js';

/** Calls that types would refuse, as plain JavaScript can make them. */
type Untyped = Record<string, (...given: any[]) => Promise<unknown>>;

async function refusal(
  call: (client: Untyped) => Promise<unknown>,
): Promise<ConfigurationError> {
  const host = new RecordingHost();
  // outside of a try: a method that throws at once would fail the test
  const promise = call(host as unknown as Untyped);
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(host.calls).toEqual([]);
  return error as ConfigurationError;
}

const wanted = (message: string | RegExp): unknown =>
  typeof message === 'string' ? message : expect.stringMatching(message);

describe('arguments of the wrong kind are refused before anything is sent', () => {
  it.each([
    [null, 'null'],
    [undefined, 'undefined'],
    [true, 'a boolean'],
    [new Date(), 'a Date'],
    [{}, 'an object'],
    [[], 'an array'],
    [NaN, 'NaN'],
    [Infinity, 'an infinite number'],
    [Symbol('x'), 'a symbol'],
    [() => 1, 'a function'],
  ])('SET with the value %s', async (value, what) => {
    const error = await refusal((c) => c.set!('k', value));
    expect(error.message).toBe(
      `SET: value must be a string, Buffer, number or bigint, got ${what}`,
    );
    expect(error.command).toBe('SET');
  });

  it.each([
    ['get', [null], 'GET: key must be a string, Buffer or number, got null'],
    ['get', [1n], 'GET: key must be a string, Buffer or number, got a bigint'],
    ['get', [], 'GET: key must be a string, Buffer or number, got undefined'],
    ['get', ['a', 'b'], 'GET: takes at most 1 argument, got 2'],
    [
      'hget',
      ['h', null],
      'HGET: field must be a string, Buffer, number or bigint, got null',
    ],
    [
      'hset',
      ['h', 'f', undefined],
      'HSET: value must be a string, Buffer, number or bigint, got undefined',
    ],
    [
      'hset',
      ['h', { f: null }],
      'HSET: the value in entries[0] must be a string, Buffer, number or bigint, got null',
    ],
    [
      'hset',
      ['h', 'f'],
      'HSET: entries must be an object, a Map or an array of pairs, got a string',
    ],
    ['hset', ['h', {}], 'HSET: entries needs at least one pair'],
    ['mset', [[['a']]], 'MSET: entries[0] must be a pair, got an array'],
    [
      'mset',
      [Buffer.from('a')],
      /MSET: entries must be an object.* got a Buffer/,
    ],
    [
      'incrby',
      ['n', 1.5],
      /INCRBY: increment must be an integer.* with decimals/,
    ],
    ['incrby', ['n', 2 ** 53], /INCRBY: increment must be .* only a bigint/],
    ['incrby', ['n', 'x'], /INCRBY: increment must be an integer/],
    ['expire', ['k', null], /EXPIRE: seconds must be an integer.* got null/],
    [
      'zadd',
      ['z', { score: NaN, member: 'a' }],
      /ZADD: members\[0\]\.score must/,
    ],
    ['zadd', ['z', [{ score: 1 }]], /ZADD: members\[0\]\.member must/],
    ['zadd', ['z', 'a'], /members\[0\] must be an object \{ score, member \}/],
    ['zadd', ['z', []], 'ZADD: needs at least one member'],
    ['del', [], 'DEL: needs at least one key'],
    ['del', [[]], 'DEL: needs at least one key'],
    [
      'del',
      ['a', null],
      /DEL: keys\[1\] must be a string, Buffer or number, got null/,
    ],
    ['del', [null], 'DEL: key must be a string, Buffer or number, got null'],
    ['lpush', ['l'], 'LPUSH: needs at least one element'],
    ['lpush', ['l', null], /LPUSH: element must be .* got null/],
    ['sintercard', [[]], 'SINTERCARD: needs at least one key'],
    [
      'lmove',
      ['a', 'b', 'up', 'left'],
      'LMOVE: whereFrom must be "left" or "right"',
    ],
    ['lmove', ['a', 'b', 'left'], 'LMOVE: whereTo must be "left" or "right"'],
    ['eval', ['return 1', 'k', [null]], /EVAL: args\[0\] must be/],
    ['ping', [null], /PING: message must be/],
    ['dbsize', ['x'], 'DBSIZE: takes at most 0 arguments, got 1'],
    ['keys', [null], /KEYS: pattern must be/],
  ])('%s(%o)', async (method, given: any[], message) => {
    const error = await refusal((c) => c[method]!(...given));
    expect(error).toMatchObject({ message: wanted(message) });
  });

  it.each([
    [
      'geosearch',
      ['g'],
      'GEOSEARCH: needs the option byradius or bybox or bypolygon',
    ],
    [
      'geosearch',
      ['g', { byradius: { radius: 1 } }],
      'GEOSEARCH: byradius.unit must be "m" or "km" or "ft" or "mi"',
    ],
    [
      'geosearch',
      ['g', { byradius: 5 }],
      /byradius must be an object \{ radius, unit \}/,
    ],
    [
      'geoadd',
      ['g', [{ longitude: 1, member: 'a' }]],
      /GEOADD: members\[0\]\.latitude must be a number/,
    ],
    ['xadd', ['s', {}], 'XADD: fields needs at least one pair'],
    [
      'xadd',
      ['s', { a: 1 }, { maxlen: 1, minid: '1' }],
      'XADD: maxlen and minid exclude each other',
    ],
    [
      'xadd',
      ['s', { a: 1 }, { maxlen: { aproximate: true } }],
      /the nearest is "approximate"/,
    ],
    [
      'xadd',
      ['s', { a: 1 }, { maxlen: { limit: 5 } }],
      /maxlen\.threshold must be an integer/,
    ],
    ['xtrim', ['s'], 'XTRIM: needs the option maxlen or minid'],
    ['xread', [[['a']]], 'XREAD: streams[0] must be a pair, got an array'],
    [
      'xpending',
      ['s', 'g', { start: '-' }],
      /XPENDING: range\.count must be an integer/,
    ],
    ['bitpos', ['k', 1, { unit: 'bit' }], 'BITPOS: range.unit needs range.end'],
    [
      'bitfield',
      ['k', [{}]],
      'BITFIELD: needs the option get or set or incrby',
    ],
    ['bitfield', ['k', []], 'BITFIELD: needs at least one operation'],
    [
      'vadd',
      ['v', 'e', { values: [1, 'x', NaN] }],
      /VADD: values\[2\] must be a number/,
    ],
    [
      'hotkeysStart',
      [['disk']],
      'HOTKEYS START: metrics[0] must be "cpu" or "net"',
    ],
    ['clusterMigration', [{ cancel: {} }], /needs the option id or all/],
  ])('%s(%o), which takes an object', async (method, given: any[], message) => {
    const error = await refusal((c) => c[method]!(...given));
    expect(error).toMatchObject({ message: wanted(message) });
  });

  it.each(['POST', 'host:'])(
    'call(%j), which ends the connection of all callers',
    (name) => {
      const problem = commandOfWords([name, '/']);
      expect(problem).toBeInstanceOf(ConfigurationError);
      expect((problem as ConfigurationError).message).toMatch(/no command/);
    },
  );

  it('never shows the value of an argument', async () => {
    const error = await refusal((c) => c.expire!('k', 'secret'));
    expect(error.message).not.toContain('secret');
  });
});

describe('options are refused before anything is sent', () => {
  it.each([
    [
      'set',
      ['k', 'v', { exx: 1 }],
      'SET: there is no option "exx"; the nearest is "ex"',
    ],
    [
      'set',
      ['k', 'v', { EX: 1 }],
      'SET: there is no option "EX"; the nearest is "ex"',
    ],
    ['set', ['k', 'v', { keepTtl: true }], /the nearest is "keepttl"/],
    ['set', ['k', 'v', { ex: 1, px: 1 }], 'SET: ex and px exclude each other'],
    [
      'set',
      ['k', 'v', { nx: true, xx: true }],
      'SET: nx and xx exclude each other',
    ],
    ['set', ['k', 'v', { nx: 1 }], /SET: nx must be true or false/],
    ['set', ['k', 'v', { ex: 'soon' }], /SET: ex must be an integer/],
    [
      'set',
      ['k', 'v', { ex: true }],
      /SET: ex must be an integer.* got a boolean/,
    ],
    [
      'set',
      ['k', 'v', 'EX'],
      /SET: options must be an object such as .* got a string/,
    ],
    [
      'set',
      ['k', 'v', 'EX', 10],
      /at most 3 arguments, got 4; options go into one object/,
    ],
    ['set', ['k', 'v', null], /SET: options must be an object/],
    [
      'zrange',
      ['z', 0, 1, { limit: 5 }],
      /ZRANGE: limit must be an object \{ offset, count \}/,
    ],
    [
      'zrange',
      ['z', 0, 1, { limit: { offset: 0 } }],
      /ZRANGE: limit\.count must be/,
    ],
    ['zrange', ['z', 0, 1, { limit: { skip: 0 } }], /no option "limit\.skip"/],
    [
      'zunion',
      [['a'], { aggregate: 'avg' }],
      /aggregate must be "sum" or "min" or "max"/,
    ],
    [
      'zunion',
      [['a'], { weights: [] }],
      'ZUNION: weights needs at least one value',
    ],
    ['zunion', [['a'], { weights: [1, null] }], /ZUNION: weights\[1\] must be/],
  ])('%s(%o)', async (method, given: any[], message) => {
    const error = await refusal((c) => c[method]!(...given));
    expect(error).toMatchObject({ message: wanted(message) });
  });
});
