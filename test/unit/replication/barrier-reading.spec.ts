import { describe, expect, it } from 'vitest';
import { BarrierReading } from '../../../lib/replication/barrier/barrier-reading.js';
import { BarrierRequest } from '../../../lib/replication/barrier/barrier-request.js';
import { SlotProbes } from '../../../lib/replication/barrier/slot-probes.js';
import { ReplicationIdentity } from '../../../lib/replication/writes/replication-identity.js';
import {
  ShardWrites,
  WriteRecord,
} from '../../../lib/replication/writes/shard-writes.js';
import { ScriptedPrimary } from '../../support/scripted-primary.js';

const primary = new ScriptedPrimary();
primary.replicas = [{ offset: 1_000 }];

/** What a marker barrier reads of a healthy primary. */
const reading = (): BarrierReading =>
  new BarrierReading(
    'marker',
    1_000,
    { replicas: 1 },
    primary.info(),
    new SlotProbes(),
  );

/** A scope that wrote in this history. */
function writtenIn(identity: ReplicationIdentity): BarrierRequest {
  const writes = new ShardWrites(primary.replication);
  new WriteRecord(writes, 1, 'key', identity, false, undefined).applied();
  const goal = { replicas: 1, local: undefined, among: undefined };
  return new BarrierRequest(writes, goal, 0, 1_000, { settled: () => {} });
}

function hidden(): ReplicationIdentity {
  const identity = new ReplicationIdentity();
  identity.hidden = true;
  identity.failure = 'NOPERM';
  return identity;
}

describe('what a barrier reads', () => {
  it('is the same for all scopes of the history that INFO shows', () => {
    const read = reading();
    const identity = ReplicationIdentity.known(primary.replicationId);
    const [one, other] = [writtenIn(identity), writtenIn(identity)];
    expect(read.doubt(one)).toBeUndefined();
    expect(read.doubt(other)).toBeUndefined();
    expect(read.outcome(one)).toMatchObject({
      acknowledged: 1,
      proof: 'marker',
      uncovered: undefined,
    });
    expect(read.outcome(other)).toBe(read.outcome(one));
    expect(read.outcome(one).acknowledgedBy()).toEqual(['127.0.0.1:7001']);
  });

  it("is each one's own where its history was hidden, or is another", () => {
    const known = ReplicationIdentity.known(primary.replicationId);
    for (const order of ['hidden first', 'known first']) {
      const read = reading();
      const scopes = [writtenIn(hidden()), writtenIn(known)];
      for (const one of order === 'hidden first'
        ? scopes
        : scopes.toReversed()) {
        expect(read.doubt(one)).toBeUndefined();
        read.outcome(one);
      }
      expect(read.outcome(scopes[0]!)).toMatchObject({
        proof: 'wait',
        uncovered: expect.stringContaining('NOPERM'),
      });
      expect(read.outcome(scopes[1]!)).toMatchObject({
        proof: 'marker',
        uncovered: undefined,
      });
      const before = writtenIn(ReplicationIdentity.known('b'.repeat(40)));
      expect(read.doubt(before)).toContain('its replication id changed');
    }
  });
});
