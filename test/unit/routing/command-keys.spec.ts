import { describe, expect, it } from 'vitest';
import { findCommand } from '../../../lib/commands/command-table.js';
import { keyIndexes } from '../../../lib/routing/command-keys.js';

/** The keys of a command line; `''` stands for an empty argument. */
function keysOf(line: string): string[] {
  const words = line.split(' ').map((word) => (word === "''" ? '' : word));
  const { spec, args } = findCommand(words)!;
  return keyIndexes(spec, args).map((index) => String(args[index]));
}

/** What COMMAND GETKEYS of Redis 8.6 says. */
const GETKEYS: [line: string, keys: string][] = [
  ['EVAL s 0 a', ''],
  ['EVAL s 1 k a', 'k'],
  ['EVAL s 2 k l a', 'k l'],
  ['EVAL s -1 a', ''],
  ['EVALSHA_RO s 1 k', 'k'],
  ['FCALL f 2 a b c', 'a b'],
  ['XREAD COUNT 5 STREAMS STREAMS b 0 0', 'STREAMS b'],
  ['XREAD BLOCK 0 STREAMS k 0', 'k'],
  ['XREADGROUP GROUP streams c COUNT 1 STREAMS a b > >', 'a b'],
  ['XGROUP CREATE k g 0', 'k'],
  ['XINFO STREAM k', 'k'],
  ['SORT k', 'k'],
  ['SORT k BY w_* GET # STORE d', 'k d'],
  ['MIGRATE h 1 k 0 5', 'k'],
  ["MIGRATE h 1 '' 0 5 KEYS a b", 'a b'],
  ["MIGRATE h 1 '' 0 5 COPY KEYS a keys b", 'a keys b'],
  ["MIGRATE h 1 '' 0 5 AUTH keys KEYS a b", 'a b'],
  ["MIGRATE h 1 '' 0 5 AUTH2 keys keys KEYS a b", 'a b'],
  ['ZUNIONSTORE d 2 a b WEIGHTS 1 2', 'd a b'],
  ['ZINTERCARD 2 a b LIMIT 1', 'a b'],
  ['ZRANGESTORE d s 0 1', 'd s'],
  ['ZMPOP 1 a MIN', 'a'],
  ['BZMPOP 0 1 a MIN', 'a'],
  ['BZPOPMIN a b 0', 'a b'],
  ['LMPOP 2 a b LEFT', 'a b'],
  ['BLMPOP 0 2 a b LEFT', 'a b'],
  ['BLPOP a b 0', 'a b'],
  ['BRPOPLPUSH a b 0', 'a b'],
  ['LMOVE a b LEFT LEFT', 'a b'],
  ['LCS a b', 'a b'],
  ['BITOP AND d a b', 'd a b'],
  ['SINTERCARD 1 a', 'a'],
  ['SDIFFSTORE d a b', 'd a b'],
  ['PFMERGE d a b', 'd a b'],
  ['PFDEBUG ENCODING k', 'k'],
  ['OBJECT ENCODING k', 'k'],
  ['MEMORY USAGE k', 'k'],
  ['GEORADIUS k 1 2 3 m STORE d', 'k d'],
  ['GEORADIUS k 1 2 3 m COUNT 5 STOREDIST d', 'k d'],
  ['GEORADIUSBYMEMBER k mem 3 m STORE d', 'k d'],
  ['SET k v', 'k'],
  ['MSET a 1 b 2', 'a b'],
  ['MSETEX 2 a 1 b 2 EX 5', 'a b'],
  ['DEL a a b', 'a a b'],
  ['RENAME a b', 'a b'],
  ['CONFIG GET x', ''],
  ['SUBSCRIBE a', ''],
];

describe('the keys of a command', () => {
  it.each(GETKEYS)(
    '%s are those of COMMAND GETKEYS (conformance 7)',
    (line, keys) => {
      expect(keysOf(line).join(' ')).toBe(keys);
    },
  );

  it.each(GETKEYS)(
    '%s are the same in mixed case (conformance 9)',
    (line, keys) => {
      const [name, ...rest] = line.split(' ');
      const mixed = Array.from(name!)
        .map((letter, nth) => (nth % 2 ? letter : letter.toLowerCase()))
        .join('');
      expect(keysOf([mixed, ...rest].join(' ')).join(' ')).toBe(keys);
    },
  );

  it('include the channel of SPUBLISH, which is routed like a key', () => {
    expect(keysOf('SPUBLISH c m')).toEqual(['c']);
  });

  it('skip the values of SORT options that look like STORE', () => {
    expect(keysOf('SORT k BY store GET store LIMIT 0 1')).toEqual(['k']);
    expect(keysOf('SORT k STORE a STORE b')).toEqual(['k', 'b']);
    expect(keysOf('SORT k STORE')).toEqual(['k']);
  });

  it('end with the arguments where a count says more', () => {
    expect(keysOf('LMPOP 5 a b')).toEqual(['a', 'b']);
    expect(keysOf('EVAL s many k')).toEqual([]);
    expect(keysOf('LMPOP 99999999999999 a')).toEqual(['a']);
  });

  it('are found where the count is a number, a bigint or a Buffer', () => {
    for (const count of [2, 2n, Buffer.from('2')]) {
      const { spec, args } = findCommand(['EVAL', 's', count, 'a', 'b', 'c'])!;
      expect(keyIndexes(spec, args)).toEqual([2, 3]);
    }
  });

  it('are found behind Buffer keywords', () => {
    const words = ['XREAD', Buffer.from('streams'), 'a', 'b', '0', '0'];
    const { spec, args } = findCommand(words)!;
    expect(keyIndexes(spec, args)).toEqual([1, 2]);
  });

  it.each([
    'EVAL',
    'EVAL s',
    'XREAD STREAMS',
    'MIGRATE h 1',
    'SORT',
    'GET',
    'BITOP AND',
    'OBJECT ENCODING',
    'MSET',
  ])('are none where a truncated command has none: %s', (line) => {
    expect(keysOf(line)).toEqual([]);
  });
});
