import { describe, expect, it } from 'vitest';
import type {
  ReplicationProof,
  ShardReplication,
} from '../../../lib/errors/replication-error.js';
import { mergeShards } from '../../../lib/replication/replication-report.js';

function shard(proof: ReplicationProof, acknowledged = 1): ShardReplication {
  return {
    node: '127.0.0.1:7000',
    slots: [1],
    required: 1,
    acknowledged,
    applied: 'yes',
    proof,
    uncovered: proof,
    milliseconds: 1,
    groupSize: 1,
  };
}

describe('what several scopes know of one shard', () => {
  it.each<[ReplicationProof, ReplicationProof]>([
    ['none', 'plainWait'],
    ['plainWait', 'wait'],
    ['wait', 'marker'],
    ['plainWait', 'offset'],
  ])('is the weaker proof: %s and not %s', (weaker, stronger) => {
    for (const both of [
      [shard(weaker), shard(stronger)],
      [shard(stronger), shard(weaker)],
    ]) {
      expect(mergeShards(both)).toMatchObject([
        { proof: weaker, uncovered: weaker },
      ]);
    }
  });

  it('is the smaller count, and the weaker proof, of whichever they are', () => {
    const both = [shard('plainWait', 2), shard('marker', 1)];
    expect(mergeShards(both)).toMatchObject([
      { proof: 'plainWait', uncovered: 'plainWait', acknowledged: 1 },
    ]);
  });
});
