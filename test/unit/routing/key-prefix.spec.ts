import { describe, expect, it } from 'vitest';
import type { Argument } from '../../../lib/commands/command-spec.js';
import {
  commandSpec,
  findCommand,
} from '../../../lib/commands/command-table.js';
import { KeyPrefix } from '../../../lib/routing/key-prefix.js';

function prefixed(words: Argument[], prefix = 'p:'): Argument[] {
  const { spec, args } = findCommand(words)!;
  return new KeyPrefix(prefix).apply(spec, args);
}

/** The arguments behind the words, as one line. */
const line = (text: string, prefix?: string): string =>
  prefixed(text.split(' '), prefix).join(' ');

describe('a key prefix', () => {
  it.each([
    ['GET k', 'p:k'],
    ['SET k k', 'p:k k'],
    ['MSET a a b b', 'p:a a p:b b'],
    ['MSETEX 2 a 1 b 2 EX 5', '2 p:a 1 p:b 2 EX 5'],
    ['OBJECT ENCODING k', 'p:k'],
    ['MEMORY USAGE k SAMPLES 5', 'p:k SAMPLES 5'],
    ['BITOP AND d a b', 'AND p:d p:a p:b'],
    ['ZUNIONSTORE d 2 a b WEIGHTS 1 2', 'p:d 2 p:a p:b WEIGHTS 1 2'],
    ['LMPOP 2 a b LEFT', '2 p:a p:b LEFT'],
    ['BLMPOP 1 2 a b LEFT', '1 2 p:a p:b LEFT'],
    ['GEORADIUS k 1 1 1 m STORE d', 'p:k 1 1 1 m STORE p:d'],
    [
      'XREAD COUNT 1 STREAMS a STREAMS 0 0',
      'COUNT 1 STREAMS p:a p:STREAMS 0 0',
    ],
    ['XREADGROUP GROUP g c STREAMS a >', 'GROUP g c STREAMS p:a >'],
    ['MIGRATE h 1 k 0 5', 'h 1 p:k 0 5'],
    ['MIGRATE h 1  0 5 KEYS a b', 'h 1  0 5 KEYS p:a p:b'],
    ['RENAME a b', 'p:a p:b'],
    ['PING k', 'k'],
    ['PUBLISH c m', 'c m'],
    ['SPUBLISH c m', 'c m'],
    ['SCRIPT LOAD s', 's'],
  ])('stands before every key of %s, and only there', (words, expected) => {
    expect(line(words)).toBe(expected);
  });

  it.each(['EVAL', 'EVALSHA', 'EVAL_RO', 'FCALL', 'FCALL_RO'])(
    'stands before the keys of %s, not before its arguments (conformance 127)',
    (name) => {
      expect(line(`${name} s 2 a b a b`)).toBe('s 2 p:a p:b a b');
      expect(line(`${name} s 0 a`)).toBe('s 0 a');
    },
  );

  it.each([
    [
      'SORT k BY w_* GET # GET d_*->f LIMIT 0 5 STORE d',
      'p:k BY p:w_* GET # GET p:d_*->f LIMIT 0 5 STORE p:d',
    ],
    ['SORT k BY nosort', 'p:k BY nosort'],
    ['SORT_RO k GET d_* ALPHA', 'p:k GET p:d_* ALPHA'],
  ])('stands before the patterns of %s that make keys', (words, expected) => {
    expect(line(words)).toBe(expected);
  });

  it('stands before patterns of keys, as text that matches itself alone', () => {
    expect(line('KEYS *a?', 'x[*]?:')).toBe(String.raw`x\[\*\]\?:*a?`);
    expect(line('SCAN 0 MATCH a* COUNT 5')).toBe('0 MATCH p:a* COUNT 5');
    expect(line('SCAN 0 COUNT 5')).toBe('0 COUNT 5 MATCH p:*');
    expect(line('SCAN 0', '[')).toBe(String.raw`0 MATCH \[*`);
    // malformed, and the server's to refuse
    expect(line('SCAN 0 COUNT')).toBe('0 COUNT');
    expect(prefixed(['KEYS'])).toEqual([]);
  });

  it('keeps bytes as bytes, and numbers as their text', () => {
    const binary = Buffer.from([0xff, 0]);
    expect(prefixed(['MGET', binary, 7, 7n], 'é')).toEqual([
      Buffer.concat([Buffer.from('é'), binary]),
      'é7',
      'é7',
    ]);
  });

  describe('is taken off the keys of a reply:', () => {
    const prefix = new KeyPrefix('p:');
    const reply = (name: string, raw: unknown): unknown =>
      prefix.specOf(commandSpec(name)).reply!(raw, []);

    it.each([
      ['KEYS', ['p:a', Buffer.from('p:b')], ['a', Buffer.from('b')]],
      ['SCAN', ['5', ['p:a']], { cursor: '5', keys: ['a'] }],
      ['RANDOMKEY', 'p:a', 'a'],
      ['RANDOMKEY', 'other', null],
      ['RANDOMKEY', null, null],
      ['BLPOP', ['p:l', 'p:e'], { key: 'l', element: 'p:e' }],
      ['BLPOP', null, null],
      ['LMPOP', ['p:l', ['e']], { key: 'l', elements: ['e'] }],
      ['BZPOPMIN', ['p:z', 'm', 1], { key: 'z', member: 'm', score: 1 }],
      ['ZMPOP', null, null],
      [
        'CLUSTER GETKEYSINSLOT',
        ['p:a', 'b', Buffer.from('p:c')],
        ['a', Buffer.from('c')],
      ],
      ['TS.QUERYINDEX', ['p:a', 'other'], ['a']],
    ])('%s, %j', (name, raw, expected) => {
      expect(reply(name, raw)).toEqual(expected);
    });

    it('XREAD, in RESP2 and RESP3', () => {
      const strip = reply('XREAD', [['p:s', [['1-0', ['f', 'v']]]]]);
      expect(JSON.stringify(strip)).toContain('1-0');
      expect(JSON.stringify(strip)).not.toContain('p:');
      const map = reply(
        'XREADGROUP',
        Object.assign(Object.create(null) as object, {
          'p:__proto__': [['1-0', ['f', 'v']]],
        }),
      );
      expect(JSON.stringify(map)).toContain('"__proto__"');
    });

    it('nothing else is looked at', () => {
      for (const name of ['GET', 'LRANGE', 'EVAL', 'HGETALL', 'SMEMBERS']) {
        expect(prefix.specOf(commandSpec(name))).toBe(commandSpec(name));
      }
    });
  });
});
