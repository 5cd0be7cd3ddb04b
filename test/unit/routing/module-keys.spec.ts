import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Argument } from '../../../lib/commands/command-spec.js';
import {
  commandSpec,
  findCommand,
} from '../../../lib/commands/command-table.js';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { CrossSlotError } from '../../../lib/errors/cross-slot-error.js';
import { keyIndexes } from '../../../lib/routing/command-keys.js';
import { keySlot } from '../../../lib/routing/key-slot.js';
import { mergeSplit } from '../../../lib/routing/merge-replies.js';
import { planCommand } from '../../../lib/routing/plan.js';

/** How a command line is planned. */
function planOf(line: string) {
  const { spec, args } = findCommand(line.split(' '))!;
  return planCommand(spec, args, true);
}

describe('keys of the commands of modules', () => {
  it.each([
    ['JSON.GET k $.a $.b', 'k'],
    ['JSON.MGET a b c $', 'a b c'],
    ['JSON.MGET a $', 'a'],
    ['JSON.MSET a $ 1 b $.x 2', 'a b'],
    ['JSON.DEBUG MEMORY k $', 'k'],
    ['BF.MADD k a b', 'k'],
    ['CMS.MERGE d 2 a b WEIGHTS 1 2', 'd a b'],
    ['TDIGEST.MERGE d 2 a b COMPRESSION 100', 'd a b'],
    ['TS.MADD a 1 2 b 3 4', 'a b'],
    ['TS.CREATERULE a b AGGREGATION avg 10', 'a b'],
    ['TS.NRANGE 2 a b - +', 'a b'],
    ['TS.MGET FILTER a=1', ''],
    ['FT.SEARCH i hello', ''],
    ['FT.SUGADD k s 1', 'k'],
  ])('of %s: %s', (line, keys) => {
    const { spec, args } = findCommand(line.split(' '))!;
    const found = keyIndexes(spec, args).map((index) => String(args[index]));
    expect(found.join(' ')).toBe(keys);
  });

  it.each([
    'CMS.MERGE d 1 a',
    'TDIGEST.MERGE d 1 a',
    'TS.MADD a 1 2 b 3 4',
    'TS.CREATERULE a b AGGREGATION avg 10',
    'TS.NRANGE 2 a b - +',
  ])('in several slots are refused: %s', (line) => {
    expect(() => planOf(line)).toThrow(CrossSlotError);
  });

  it.each([
    'FT.SEARCH i q',
    'FT.CREATE i SCHEMA f TEXT',
    'TS.MRANGE - + FILTER a=1',
  ])('there are none, so that any primary is asked: %s', (line) => {
    expect(planOf(line)).toEqual({ kind: 'any' });
  });

  it.each(['FT.CURSOR READ i 7', 'FT.CURSOR DEL i 7', 'SEARCH.CLUSTERSET'])(
    'a node has to be named for %s',
    (line) => {
      expect(() => planOf(line)).toThrow(ConfigurationError);
      expect(() => planOf(line)).toThrow(/client\.at\(\{ node/);
      expect(findCommand(line.split(' '))?.spec.oneNode).toBe(true);
    },
  );

  it('settings of the search module go to all primaries', () => {
    expect(planOf('FT.CONFIG SET TIMEOUT 5')).toEqual({
      kind: 'fanOut',
      target: 'primaries',
    });
  });
});

describe('a split', () => {
  it('gives the path of JSON.MGET to every part', () => {
    const plan = planOf('JSON.MGET {a}1 {b}1 {a}2 $.x');
    expect(plan).toEqual({
      kind: 'split',
      parts: [
        {
          slot: keySlot('a'),
          args: ['{a}1', '{a}2', '$.x'],
          positions: [0, 2],
        },
        { slot: keySlot('b'), args: ['{b}1', '$.x'], positions: [1] },
      ],
    });
  });

  it('keeps key, path and value of JSON.MSET together', () => {
    const plan = planOf('JSON.MSET {a}1 $ 1 {b}1 $.x 2 {a}1 $.y 3');
    expect(plan).toMatchObject({
      kind: 'split',
      parts: [
        { args: ['{a}1', '$', '1', '{a}1', '$.y', '3'] },
        { args: ['{b}1', '$.x', '2'] },
      ],
    });
  });

  it('of JSON.MSET is refused where the last value is missing (conformance 73)', () => {
    expect(() => planOf('JSON.MSET a $ 1 b $')).toThrow(ConfigurationError);
  });
});

/** A server of JSON documents that holds all slots. */
class DocumentServer {
  constructor(readonly documents = new Map<string, string>()) {}

  run(name: string, args: readonly Argument[]): unknown {
    const words = args.map(String);
    if (name === 'JSON.MGET') {
      const path = words.pop();
      return words.map((key) => {
        const held = this.documents.get(key);
        return held === undefined ? null : `${path} of ${held}`;
      });
    }
    for (let at = 0; at < words.length; at += 3) {
      const [key = '', path, value] = words.slice(at, at + 3);
      const before = path === '$' ? '' : (this.documents.get(key) ?? '');
      this.documents.set(key, `${before} ${path}=${value}`);
    }
    return 'OK';
  }
}

describe('a split and its merge', () => {
  const key = fc.oneof(
    fc.constantFrom('a', 'b', '{a}x', '{b}x', '', '{}'),
    fc.string({ maxLength: 4 }),
  );
  const path = fc.constantFrom('$', '$.a', '$..b');
  const entries = fc.array(fc.tuple(key, path, fc.nat().map(String)), {
    minLength: 1,
    maxLength: 20,
  });

  it.each(['JSON.MGET', 'JSON.MSET'])(
    'of %s give what the unsplit command gives (conformance 65, 66)',
    (name) => {
      const spec = commandSpec(name);
      fc.assert(
        fc.property(entries, entries, path, (held, asked, read) => {
          const args =
            name === 'JSON.MSET'
              ? asked.flat()
              : [...asked.map(([one]) => one), read];
          const whole = new DocumentServer();
          whole.run('JSON.MSET', held.flat());
          const shared = new DocumentServer(new Map(whole.documents));
          const expected = whole.run(name, args);
          const plan = planCommand(spec, args, true);
          const actual =
            plan.kind === 'split'
              ? mergeSplit(
                  spec,
                  plan.parts,
                  plan.parts.map((part) => shared.run(name, part.args)),
                  asked.length,
                )
              : shared.run(name, args);
          expect(actual).toEqual(expected);
          expect(shared.documents).toEqual(whole.documents);
        }),
      );
    },
  );
});
