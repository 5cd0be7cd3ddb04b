import { describe, expect, it } from 'vitest';
import type { ShardHealth } from '../../../lib/nest/cluster-health.interface.js';
import { judgeShard } from '../../../lib/nest/shard-health.js';
import { type PrimaryAnswer, within } from '../../../lib/nest/node-probe.js';
import { parseReplicationInfo } from '../../../lib/replication/writes/replication-info.js';
import type {
  TopologyNode,
  TopologyShard,
} from '../../../lib/topology/cluster-topology.js';
import { Document } from '../../support/documents.js';

const OFFSET = 100_000;

/** The limits that the options' tables show. */
const LIMITS = {
  maxLagSeconds: 5,
  maxLagBytes: 16 * 1024 * 1024,
  minReplicas: 1,
};

/** What a primary that is not heard of in time is said to have answered, for the default time. */
const SILENCE = await within(1, new Promise<never>(() => {})).catch(
  ({ message }: Error) => message.replace(' 1 ms', ' 1000 ms'),
);

const shards = new Document('README.md').blocks
  .filter(({ language }) => language === 'json')
  .map(({ text }) => shardOf(JSON.parse(text) as object));

describe('the health that the README shows', () => {
  it('is up, degraded and down', () => {
    expect(shards.map(({ status }) => status)).toEqual([
      'up',
      'degraded',
      'down',
    ]);
  });

  it.each(shards)('is judged so, word by word: $status', (shard) => {
    expect(judgeShard(topologyOf(shard), answerOf(shard), LIMITS)).toEqual(
      shard,
    );
  });
});

/** A shard alone, or the first one of an indicator's whole answer. */
function shardOf(shown: object): ShardHealth {
  return 'redis' in shown
    ? (shown.redis as { shards: [ShardHealth] }).shards[0]
    : (shown as ShardHealth);
}

function topologyOf({ slots, primary, replicas }: ShardHealth): TopologyShard {
  return {
    slots,
    primary: nodeOf(primary.address, 'primary'),
    replicas: replicas.map(({ address }) => nodeOf(address, 'replica')),
  };
}

function nodeOf(address: string, role: TopologyNode['role']): TopologyNode {
  const [host = '', port] = address.split(':');
  return {
    id: address,
    host,
    port: Number(port),
    address,
    role,
    healthy: true,
  };
}

/** What the primary must have said for this. */
function answerOf({
  primary,
  replicas,
}: ShardHealth): PrimaryAnswer | { error: string } {
  if (primary.latencyMs === null) {
    return { error: SILENCE };
  }
  const lines = replicas.map(({ address, linkUp, lagBytes, lagSeconds }, n) => {
    const [ip, port] = address.split(':');
    const state = linkUp ? 'online' : 'wait_bgsave';
    const offset = OFFSET - (lagBytes ?? 0);
    return `slave${n}:ip=${ip},port=${port},state=${state},offset=${offset},lag=${lagSeconds}`;
  });
  const info = [
    '# Replication',
    'role:master',
    ...lines,
    `master_replid:${'0'.repeat(40)}`,
    `master_repl_offset:${OFFSET}`,
    '',
  ];
  return {
    latencyMs: primary.latencyMs,
    clusterState: 'ok',
    info: parseReplicationInfo(info.join('\r\n'))!,
  };
}
