import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  Argument,
  CommandSpec,
} from '../../../lib/commands/command-spec.js';
import { findCommand } from '../../../lib/commands/command-table.js';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { CrossSlotError } from '../../../lib/errors/cross-slot-error.js';
import { keySlot } from '../../../lib/routing/key-slot.js';
import { mergeSplit } from '../../../lib/routing/merge-replies.js';
import { planCommand } from '../../../lib/routing/plan.js';
import type { SplitPart } from '../../../lib/routing/split.js';
import { madeUpSpec } from './made-up-spec.js';

function parts(spec: CommandSpec, args: readonly Argument[]) {
  const plan = planCommand(spec, args, true);
  if (plan.kind !== 'split') throw new Error(`the plan is ${plan.kind}`);
  return plan.parts;
}

const tableSpec = (name: string): CommandSpec => findCommand([name])!.spec;

const argsOf = (split: readonly SplitPart[]) => split.map(({ args }) => args);

describe('a split', () => {
  it('keeps order, duplicates and positions (conformance 65)', () => {
    const split = parts(tableSpec('MGET'), ['{a}1', '{b}1', '{a}2', '{b}1']);
    expect(split).toEqual([
      { slot: keySlot('a'), args: ['{a}1', '{a}2'], positions: [0, 2] },
      { slot: keySlot('b'), args: ['{b}1', '{b}1'], positions: [1, 3] },
    ]);
  });

  it('keeps each value with its key', () => {
    const args = ['{a}1', 1, '{b}1', 2n, '{a}1', Buffer.from('3')];
    expect(argsOf(parts(tableSpec('MSET'), args))).toEqual([
      ['{a}1', 1, '{a}1', Buffer.from('3')],
      ['{b}1', 2n],
    ]);
  });

  it('hands on Buffer keys byte by byte (conformance 72)', () => {
    const raw = Buffer.from([0x7b, 0xff, 0x7d, 0x00]);
    const split = parts(tableSpec('DEL'), ['a', raw, 'a']);
    expect(split[1]!.args[0]).toBe(raw);
    expect(split[1]!.slot).toBe(keySlot(raw));
  });

  it('gives what stands behind the keys to every part (JSON.MGET)', () => {
    const spec = madeUpSpec({
      findKeys: { type: 'range', lastKey: -2, keyStep: 1, limit: 0 },
    });
    expect(argsOf(parts(spec, ['a', 'b', '$.path']))).toEqual([
      ['a', '$.path'],
      ['b', '$.path'],
    ]);
  });

  it('keeps three arguments together (JSON.MSET)', () => {
    const spec = madeUpSpec({
      findKeys: { type: 'range', lastKey: -1, keyStep: 3, limit: 0 },
    });
    expect(argsOf(parts(spec, ['a', '$', '1', 'b', '$', '2']))).toEqual([
      ['a', '$', '1'],
      ['b', '$', '2'],
    ]);
  });

  const counted = madeUpSpec({
    findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, keyStep: 2 },
  });

  it('gives each part its own count and every option', () => {
    const args = ['3', '{a}1', 1, '{b}1', 2, '{a}2', 3, 'EX', 5];
    expect(argsOf(parts(counted, args))).toEqual([
      [2, '{a}1', 1, '{a}2', 3, 'EX', 5],
      [1, '{b}1', 2, 'EX', 5],
    ]);
  });

  it.each([
    ['announces more keys than there are', ['3', 'a', 1, 'b', 2]],
    ['ends with a key without its value', ['2', 'a', 1, 'b']],
    ['has a count that is no whole number', ['1.5', 'a', 1, 'b', 2]],
  ])('is refused where the call %s (conformance 73)', (_, args) => {
    expect(() => planCommand(counted, args, true)).toThrow(ConfigurationError);
  });

  it('keeps what stands before keys that begin behind a keyword', () => {
    const beginSearch = {
      type: 'keyword',
      keyword: 'KEYS',
      startFrom: 1,
    } as const;
    const range = madeUpSpec({
      keySpecs: [
        {
          beginSearch,
          findKeys: { type: 'range', lastKey: -1, keyStep: 1, limit: 0 },
          flags: [],
        },
      ],
    });
    expect(argsOf(parts(range, ['x', 'keys', '{a}1', '{b}1', '{a}2']))).toEqual(
      [
        ['x', 'keys', '{a}1', '{a}2'],
        ['x', 'keys', '{b}1'],
      ],
    );
    const keynum = madeUpSpec({
      keySpecs: [
        {
          beginSearch,
          findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, keyStep: 1 },
          flags: [],
        },
      ],
    });
    expect(
      argsOf(parts(keynum, ['x', 'KEYS', '3', '{a}1', '{b}1', '{a}2', 'opt'])),
    ).toEqual([
      ['x', 'KEYS', 2, '{a}1', '{a}2', 'opt'],
      ['x', 'KEYS', 1, '{b}1', 'opt'],
    ]);
  });

  it('is refused where the arguments of a key stand behind all keys', () => {
    const spec = madeUpSpec({
      findKeys: { type: 'range', lastKey: -1, keyStep: 1, limit: 2 },
    });
    expect(() => planCommand(spec, ['a', 'b', '0', '0'], true)).toThrow(
      CrossSlotError,
    );
  });

  it('makes one part a slot of 10,000 keys (conformance 70)', () => {
    const keys = Array.from(
      { length: 10_000 },
      (_, nth) => `{t${nth % 7}}${nth}`,
    );
    const split = parts(tableSpec('MGET'), keys);
    expect(split).toHaveLength(7);
    expect(split.flatMap(({ args }) => args)).toHaveLength(10_000);
  });
});

/** A server that holds all slots: what a part, or the whole, would answer. */
class ModelServer {
  constructor(readonly data = new Map<string, string>()) {}

  run(name: string, args: readonly Argument[]): unknown {
    const words = args.map(String);
    switch (name) {
      case 'MGET':
        return words.map((key) => this.data.get(key) ?? null);
      case 'EXISTS':
        return words.filter((key) => this.data.has(key)).length;
      case 'DEL':
        return words.filter((key) => this.data.delete(key)).length;
      default:
        for (let at = 0; at < words.length; at += 2) {
          this.data.set(words[at]!, words[at + 1]!);
        }
        return 'OK';
    }
  }
}

describe('a split and its merge', () => {
  const key = fc.oneof(
    fc.constantFrom('a', 'b', '{a}x', '{b}x', '', '{}'),
    fc.string({ maxLength: 4 }),
  );
  const keys = fc.array(key, { minLength: 1, maxLength: 20 });

  it.each(['MGET', 'EXISTS', 'DEL', 'MSET'])(
    'of %s give what the unsplit command gives (conformance 65, 66)',
    (name) => {
      const spec = tableSpec(name);
      fc.assert(
        fc.property(keys, keys, (held, asked) => {
          const args =
            name === 'MSET' ? asked.flatMap((k, nth) => [k, `${nth}`]) : asked;
          const whole = new ModelServer(new Map(held.map((k) => [k, `v${k}`])));
          const shared = new ModelServer(new Map(whole.data));
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
          expect(shared.data).toEqual(whole.data);
        }),
      );
    },
  );
});
