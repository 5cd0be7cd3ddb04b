import { ErrorReply } from '../../../lib/protocol/error-reply.js';
import { Push } from '../../../lib/protocol/push.js';

/** Bytes of one top-level reply and what they mean. */
export interface CorpusReply {
  readonly name: string;
  readonly bytes: Buffer;
  readonly value: unknown;
}

function reply(
  name: string,
  wire: string | Buffer,
  value: unknown,
): CorpusReply {
  return { name, bytes: Buffer.from(wire as string), value };
}

/** An object like the decoder's: no prototype. */
export function record(entries: Record<string, unknown>): object {
  return Object.assign(Object.create(null) as object, entries);
}

function withProtoKey(value: unknown): object {
  const object = Object.create(null) as Record<string, unknown>;
  object['__proto__'] = value;
  return object;
}

const deep = 40;

/** Replies every server of either protocol can send. */
export const resp2Replies: readonly CorpusReply[] = [
  reply('simple string', '+OK\r\n', 'OK'),
  reply('empty simple string', '+\r\n', ''),
  reply('simple string in UTF-8', '+grüße €😀\r\n', 'grüße €😀'),
  reply('error', '-ERR no\r\n', new ErrorReply('ERR no')),
  reply(
    'redirect',
    '-MOVED 3999 127.0.0.1:6381\r\n',
    new ErrorReply('MOVED 3999 127.0.0.1:6381'),
  ),
  reply('error of one word', '-LOADING\r\n', new ErrorReply('LOADING')),
  reply('integer', ':1000\r\n', 1000),
  reply('negative integer', ':-42\r\n', -42),
  reply('zero', ':0\r\n', 0),
  reply('negative zero', ':-0\r\n', 0),
  reply('signed integer', ':+7\r\n', 7),
  reply('bulk', '$5\r\nhello\r\n', 'hello'),
  reply('empty bulk', '$0\r\n\r\n', ''),
  reply('bulk that holds CRLF', '$6\r\na\r\n\r\nb\r\n', 'a\r\n\r\nb'),
  reply('bulk that looks like replies', '$8\r\n+OK\r\n:1\r\r\n', '+OK\r\n:1\r'),
  reply('short bulk in UTF-8', '$4\r\n😀\r\n', '😀'),
  reply('bulk in UTF-8', '$15\r\nzwölf € 😀\r\n', 'zwölf € 😀'),
  reply('long bulk', `$300\r\n${'x'.repeat(300)}\r\n`, 'x'.repeat(300)),
  reply('null bulk', '$-1\r\n', null),
  reply('null array', '*-1\r\n', null),
  reply('empty array', '*0\r\n', []),
  reply('array', '*3\r\n$1\r\na\r\n:2\r\n$-1\r\n', ['a', 2, null]),
  reply(
    'array with errors inside (EXEC)',
    '*3\r\n+OK\r\n-WRONGTYPE Operation\r\n*1\r\n-ERR x\r\n',
    ['OK', new ErrorReply('WRONGTYPE Operation'), [new ErrorReply('ERR x')]],
  ),
  reply('nested empty arrays', '*2\r\n*0\r\n*1\r\n*0\r\n', [[], [[]]]),
  reply(
    'a deep array',
    `${'*1\r\n'.repeat(deep)}:1\r\n`,
    Array.from({ length: deep }).reduce<unknown>((inner) => [inner], 1),
  ),
  reply('largest safe integer', ':9007199254740991\r\n', 9007199254740991),
  reply('above the safe range', ':9007199254740992\r\n', 9007199254740992n),
  reply('int64 maximum', ':9223372036854775807\r\n', 9223372036854775807n),
  reply('int64 minimum', ':-9223372036854775808\r\n', -9223372036854775808n),
];

/** Types only RESP3 has. */
export const resp3Replies: readonly CorpusReply[] = [
  reply('null', '_\r\n', null),
  reply('true', '#t\r\n', true),
  reply('false', '#f\r\n', false),
  reply('double', ',1.25\r\n', 1.25),
  reply('whole double', ',10\r\n', 10),
  reply('double with exponent', ',-1.5e+300\r\n', -1.5e300),
  reply('inf', ',inf\r\n', Infinity),
  reply('-inf', ',-inf\r\n', -Infinity),
  reply('nan', ',nan\r\n', NaN),
  reply(
    'big number',
    '(3492890328409238509324850943850943825024385\r\n',
    3492890328409238509324850943850943825024385n,
  ),
  reply('negative big number', '(-12\r\n', -12n),
  reply('blob error', '!8\r\nERR a\r\nb\r\n', new ErrorReply('ERR a\r\nb')),
  reply('verbatim text', '=9\r\ntxt:hello\r\n', 'hello'),
  reply('verbatim markdown', '=6\r\nmkd:é\r\n', 'é'),
  reply('set', '~2\r\n$1\r\na\r\n:1\r\n', ['a', 1]),
  reply('empty set', '~0\r\n', []),
  reply('empty map', '%0\r\n', record({})),
  reply(
    'map',
    '%3\r\n$1\r\na\r\n:1\r\n+b\r\n%1\r\n:7\r\n#t\r\n#f\r\n*1\r\n_\r\n',
    record({ a: 1, b: record({ 7: true }), false: [null] }),
  ),
  reply(
    'map with the key __proto__',
    '%1\r\n$9\r\n__proto__\r\n:1\r\n',
    withProtoKey(1),
  ),
  reply(
    'map with an array as key',
    '%1\r\n*2\r\n$1\r\na\r\n:1\r\n:2\r\n',
    record({ '["a",1]': 2 }),
  ),
  reply(
    'attribute in front of a reply',
    '|1\r\n$3\r\nttl\r\n*1\r\n:5\r\n$2\r\nok\r\n',
    'ok',
  ),
  reply(
    'attributes inside an array',
    '*2\r\n|1\r\n+a\r\n|1\r\n+b\r\n+c\r\n:1\r\n:2\r\n|0\r\n:3\r\n',
    [2, 3],
  ),
  reply(
    'push',
    '>3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$2\r\nhi\r\n',
    new Push(['message', 'ch', 'hi']),
  ),
  reply('empty push', '>0\r\n', new Push([])),
  reply(
    'push with nested values',
    '>2\r\n+invalidate\r\n*1\r\n$3\r\nkey\r\n',
    new Push(['invalidate', ['key']]),
  ),
];
