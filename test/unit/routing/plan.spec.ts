import { describe, expect, it } from 'vitest';
import { findCommand } from '../../../lib/commands/command-table.js';
import type { Argument } from '../../../lib/commands/command-spec.js';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { CrossSlotError } from '../../../lib/errors/cross-slot-error.js';
import { keySlot } from '../../../lib/routing/key-slot.js';
import { planCommand, type Plan } from '../../../lib/routing/plan.js';

function plan(words: Argument[], nonAtomicCrossSlot = true): Plan {
  const { spec, args } = findCommand(words)!;
  return planCommand(spec, args, nonAtomicCrossSlot);
}

function crossSlotError(words: Argument[], split?: boolean): CrossSlotError {
  try {
    plan(words, split);
  } catch (error) {
    if (error instanceof CrossSlotError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

describe('a plan', () => {
  it('sends keys of one slot as one unsplit command (conformance 68)', () => {
    for (const words of [
      ['MSET', '{t}a', '1', '{t}b', '2'],
      ['MGET', '{t}a', '{t}b', '{t}a'],
      ['EVAL', 's', 2, '{t}a', '{t}b'],
      ['MIGRATE', 'h', 1, '', 0, 5, 'KEYS', '{t}a', '{t}b'],
      ['SORT', '{t}a', 'STORE', '{t}b'],
      ['JSON.MGET', '{t}a', '{t}b', '$.x'],
      ['TDIGEST.MERGE', '{t}a', 2, '{t}b', '{t}c'],
    ]) {
      expect(plan(words)).toEqual({ kind: 'slot', slot: keySlot('t') });
    }
  });

  it('routes the empty key and keys that are no strings (conformance 4, 6)', () => {
    expect(plan(['OBJECT', 'ENCODING', ''])).toEqual({ kind: 'slot', slot: 0 });
    for (const key of [12, 12n, '12', Buffer.from('12')]) {
      expect(plan(['MGET', key])).toEqual({
        kind: 'slot',
        slot: keySlot('12'),
      });
    }
  });

  it.each([
    [['EVAL_RO', 's', 0], { kind: 'any' }],
    [['PUBLISH', 'c', 'm'], { kind: 'any' }],
    [['DBSIZE'], { kind: 'fanOut', target: 'primaries' }],
    [['KEYS', '*'], { kind: 'fanOut', target: 'primaries' }],
    [['SCRIPT', 'LOAD', 's'], { kind: 'fanOut', target: 'nodes' }],
    [['CLUSTER', 'COUNTKEYSINSLOT', 7], { kind: 'slot', slot: 7 }],
    [['CLUSTER', 'GETKEYSINSLOT', '16383', 1], { kind: 'slot', slot: 16_383 }],
    // the server says what is wrong with it
    [['CLUSTER', 'COUNTKEYSINSLOT', 16_384], { kind: 'any' }],
    [['CLUSTER', 'COUNTKEYSINSLOT', 'x'], { kind: 'any' }],
  ])('of %j without a key is %j', (words, expected) => {
    expect(plan(words)).toEqual(expected);
  });

  it.each([
    ['SELECT', 1],
    ['SUBSCRIBE', 'c'],
    ['WAIT', 1, 0],
    ['MULTI'],
    ['CLIENT', 'REPLY', 'OFF'],
  ])('refuses %s on the shared connection (conformance 87)', (...words) => {
    expect(() => plan(words)).toThrow(ConfigurationError);
  });

  it.each([
    [['MSETNX', 'a', 1, 'b', 2]],
    [['MSETEX', 2, 'a', 1, 'b', 2, 'NX']],
    [['MSETEX', 2, 'a', 1, 'b', 2, 'EX', 5, Buffer.from('xx')]],
    [['RENAME', 'a', 'b']],
    [['SORT', 'a', 'STORE', 'b']],
    [['EVAL', 's', 2, 'a', 'b']],
  ])('never splits %j', (words) => {
    expect(crossSlotError(words).message).toContain('cannot be split');
  });

  it('splits MSETEX where it is not conditional, with counts and options', () => {
    expect(plan(['MSETEX', 2, 'a', 1, 'b', 'NX', 'EX', 5])).toEqual({
      kind: 'split',
      parts: [
        { slot: keySlot('a'), args: [1, 'a', 1, 'EX', 5], positions: [0] },
        { slot: keySlot('b'), args: [1, 'b', 'NX', 'EX', 5], positions: [1] },
      ],
    });
  });

  it('names keys and slots when nothing may be split (conformance 69)', () => {
    const key = Buffer.from([0xff, 0x00]);
    const error = crossSlotError(['MGET', 'a', key, 7], false);
    expect(error.keys).toEqual(['a', key, '7']);
    expect(error.slots).toEqual(['a', key, '7'].map(keySlot));
    expect(error.message).toContain('nonAtomicCrossSlot is false');
    expect(error.command).toBe('MGET');
  });

  it('names ten keys of many in its message', () => {
    const keys = Array.from({ length: 25 }, (_, nth) => `k${nth}`);
    const error = crossSlotError(['MGET', ...keys], false);
    expect(error.message).toContain('and 15 more');
    expect(error.keys).toHaveLength(25);
  });

  it('never shows a value in its message', () => {
    const error = crossSlotError(['MSET', 'a', 's3cret', 'b', 's3cret'], false);
    expect(error.message).not.toContain('s3cret');
  });

  it('refuses keys without their values instead of writing a part (conformance 73)', () => {
    expect(() => plan(['MSET', 'a', 1, 'b'])).toThrow(
      'MSET: its last key has no value',
    );
  });

  it('leaves a malformed command for one slot to the server (conformance 73)', () => {
    expect(plan(['MSET', '{t}a', 1, '{t}b']).kind).toBe('slot');
    expect(plan(['LMPOP', 5, '{t}a']).kind).toBe('slot');
    expect(plan(['GET']).kind).toBe('any');
  });
});
