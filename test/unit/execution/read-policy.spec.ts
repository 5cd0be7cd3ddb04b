import { describe, expect, it } from 'vitest';
import type { ReadMember } from '../../../lib/execution/reads/read-member.js';
import { readPolicy } from '../../../lib/execution/reads/read-policy.js';
import { ShardReaders } from '../../../lib/execution/reads/shard-readers.js';
import type { ReadFrom } from '../../../lib/options/read-from.js';

/** A member as policies see it: healthy, unless a test says otherwise. */
function member(address: string, facts: Partial<ReadMember> = {}): ReadMember {
  return {
    address,
    node: { label: address },
    role: address === 'primary' ? 'primary' : 'replica',
    zone: undefined,
    latencyMs: undefined,
    lagBytes: 0,
    healthy: true,
    answers: true,
    hopeful: false,
    flagged: false,
    ...facts,
  } as ReadMember;
}

const away = { healthy: false, answers: false };
const failed = { ...away, flagged: true };

/** What so many reads in a row go to. */
function chosen(
  readFrom: ReadFrom,
  members: readonly ReadMember[],
  count = 6,
): (string | undefined)[] {
  const address = {
    host: 'h',
    port: 1,
    address: 'h:1',
    id: 'x',
    healthy: true,
  };
  const shard = new ShardReaders(
    { slots: [], primary: { ...address, role: 'primary' }, replicas: [] },
    () => ({}) as never,
  );
  const policy = readPolicy(readFrom)!;
  return Array.from(
    { length: count },
    () => policy.choose(shard, members)?.address,
  );
}

function spread(
  readFrom: ReadFrom,
  ...members: ReadMember[]
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const address of chosen(readFrom, members)) {
    counts[String(address)] = (counts[String(address)] ?? 0) + 1;
  }
  return counts;
}

describe('where reads go', () => {
  it('is no choice by primary', () => {
    expect(readPolicy('primary')).toBeUndefined();
  });

  it.each<[ReadFrom, ReadMember[], Record<string, number>]>([
    [
      'preferReplica',
      [member('a'), member('b'), member('primary')],
      { a: 3, b: 3 },
    ],
    [
      'any',
      [member('a'), member('b'), member('primary')],
      { a: 2, b: 2, primary: 2 },
    ],
    ['replica', [member('a'), member('primary')], { a: 6 }],
    // whoever is left out leaves its share to all others
    [
      'preferReplica',
      [member('a'), member('b', away), member('c'), member('primary')],
      { a: 3, c: 3 },
    ],
    ['preferReplica', [member('a', away), member('primary')], { primary: 6 }],
    [
      'preferReplica',
      [member('a', { healthy: false }), member('primary', away)],
      { a: 6 },
    ],
    [
      'preferReplica',
      [member('a', away), member('primary', away)],
      { primary: 6 },
    ],
    ['any', [member('a', failed), member('primary', away)], { primary: 6 }],
    // never the primary: rather one that has to be waited for
    ['replica', [member('a', away), member('primary')], { a: 6 }],
    [
      'replica',
      [member('a', failed), member('b', away), member('primary')],
      { b: 6 },
    ],
    ['replica', [member('a', failed), member('primary')], { undefined: 6 }],
    ['replica', [member('primary')], { undefined: 6 }],
    [
      'lowestLatency',
      [
        member('a', { latencyMs: 1 }),
        member('b', { latencyMs: 1.4 }),
        member('c', { latencyMs: 2 }),
        member('primary', { latencyMs: 9 }),
      ],
      { a: 3, b: 3 },
    ],
    [
      'lowestLatency',
      [
        member('a', { latencyMs: 1, ...away }),
        member('primary', { latencyMs: 9 }),
      ],
      { primary: 6 },
    ],
    // nothing is measured yet
    ['lowestLatency', [member('a'), member('primary')], { a: 3, primary: 3 }],
    [
      { zone: 'x' },
      [
        member('a', { zone: 'x' }),
        member('b', { zone: 'y' }),
        member('primary', { zone: 'x' }),
      ],
      { a: 6 },
    ],
    [
      { zone: 'x' },
      [member('a', { zone: 'y' }), member('primary', { zone: 'x' })],
      { primary: 6 },
    ],
    [
      { zone: 'x' },
      [member('a', { zone: 'x', ...away }), member('b'), member('primary')],
      { b: 6 },
    ],
    [
      (all) => all.toReversed(),
      [member('a'), member('primary')],
      { primary: 6 },
    ],
    [
      (all) => all,
      [member('a', away), member('b'), member('primary')],
      { b: 6 },
    ],
    [([first]) => first, [member('a', away), member('primary')], { a: 6 }],
    [() => [], [member('a'), member('primary')], { primary: 6 }],
  ])('by %o of %o is %o', (readFrom, members, expected) => {
    expect(spread(readFrom, ...members)).toEqual(expected);
  });

  it('is what may be asked without choosing', () => {
    const members = [member('a'), member('b', away), member('primary')];
    const eligible = (readFrom: ReadFrom) =>
      readPolicy(readFrom)!
        .eligible(members)
        .map(({ address }) => address);
    expect(eligible('any')).toEqual(['a', 'primary']);
    expect(eligible('preferReplica')).toEqual(['a']);
    expect(eligible(() => undefined)).toEqual(['primary']);
  });
});
