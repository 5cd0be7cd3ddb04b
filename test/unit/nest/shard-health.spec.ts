import { describe, expect, it } from 'vitest';
import type { PrimaryAnswer } from '../../../lib/nest/node-probe.js';
import { judgeShard, uncoveredSlots } from '../../../lib/nest/shard-health.js';
import type { TopologyShard } from '../../../lib/topology/cluster-topology.js';
import { parseReplicationInfo } from '../../../lib/replication/writes/replication-info.js';

const LIMITS = { maxLagSeconds: 5, maxLagBytes: 1_000, minReplicas: 1 };

function node(port: number, role: 'primary' | 'replica', healthy = true) {
  const host = '127.0.0.1';
  return {
    id: `id${port}`,
    host,
    port,
    address: `${host}:${port}`,
    role,
    healthy,
  } as const;
}

function shard(...replicas: ReturnType<typeof node>[]): TopologyShard {
  return { slots: [[0, 16_383]], primary: node(7000, 'primary'), replicas };
}

function part(from: number, to: number): TopologyShard {
  return { ...shard(), slots: [[from, to]] };
}

function answer(
  lines: string[],
  { role = 'master', clusterState = 'ok' } = {},
): PrimaryAnswer {
  const text = [
    '# Replication',
    `role:${role}`,
    'master_replid:5bd4b2f1a1f0c3ab6ac0ac83f1a6f1e2d7c2f1aa',
    `connected_slaves:${lines.length}`,
    ...lines.map((line, index) => `slave${index}:${line}`),
    'master_failover_state:no-failover',
    'master_repl_offset:5000',
    '',
  ].join('\r\n');
  return { latencyMs: 0.5, info: parseReplicationInfo(text)!, clusterState };
}

const follows = 'ip=127.0.0.1,port=7003,state=online,offset=4990,lag=1';

describe('the health of a shard', () => {
  it('is up when its replicas follow, with the lag of each', () => {
    const health = judgeShard(
      shard(node(7003, 'replica')),
      answer([follows]),
      LIMITS,
    );
    expect(health).toEqual({
      status: 'up',
      message: '',
      slots: [[0, 16_383]],
      primary: { address: '127.0.0.1:7000', reachable: true, latencyMs: 0.5 },
      replicas: [
        {
          address: '127.0.0.1:7003',
          reachable: true,
          linkUp: true,
          lagBytes: 10,
          lagSeconds: 1,
        },
      ],
    });
  });

  it.each([
    ['has failed', shard(node(7003, 'replica', false)), [follows], /failed/],
    ['is not linked', shard(node(7003, 'replica')), [], /not linked/],
    [
      'is still synchronising',
      shard(node(7003, 'replica')),
      ['ip=127.0.0.1,port=7003,state=send_bulk,offset=0,lag=0'],
      /not linked/,
    ],
    [
      'is silent',
      shard(node(7003, 'replica')),
      ['ip=127.0.0.1,port=7003,state=online,offset=5000,lag=6'],
      /6 s ago/,
    ],
    [
      'is far behind',
      shard(node(7003, 'replica')),
      ['ip=127.0.0.1,port=7003,state=online,offset=3999,lag=0'],
      /1001 bytes behind/,
    ],
    ['is missing', shard(), [], /has 0 of 1 required/],
  ])('is degraded when a replica %s', (_, of, lines, message) => {
    const health = judgeShard(of, answer(lines), LIMITS);
    expect(health.status).toBe('degraded');
    expect(health.message).toMatch(message);
  });

  it('is up without replicas where none is required', () => {
    const limits = { ...LIMITS, minReplicas: 0 };
    expect(judgeShard(shard(), answer([]), limits).status).toBe('up');
  });

  it('is down when its primary is silent or refuses commands', () => {
    const silent = judgeShard(shard(), { error: 'no answer' }, LIMITS);
    expect(silent).toMatchObject({
      status: 'down',
      primary: { reachable: false, latencyMs: null },
    });
    const refusing = answer([follows], { clusterState: 'fail' });
    expect(judgeShard(shard(), refusing, LIMITS).status).toBe('down');
  });

  it('is degraded while a former primary is still taken for one', () => {
    const demoted = answer([], { role: 'slave' });
    expect(judgeShard(shard(), demoted, LIMITS).status).toBe('degraded');
  });

  it('counts linked replicas right where the primary sees other addresses', () => {
    const two = shard(node(7003, 'replica'), node(7004, 'replica'));
    const health = judgeShard(
      two,
      answer([
        'ip=172.17.0.2,port=7004,state=online,offset=4000,lag=0',
        'ip=172.17.0.3,port=6379,state=online,offset=4500,lag=0',
      ]),
      LIMITS,
    );
    expect(health.status).toBe('up');
    expect(health.replicas.map((replica) => replica.lagBytes)).toEqual([
      500, 1_000,
    ]);
  });
});

describe('uncovered slots', () => {
  it('are the gaps between the ranges, in any order', () => {
    expect(uncoveredSlots([part(8_000, 16_383), part(0, 7_999)])).toEqual([]);
    expect(uncoveredSlots([part(100, 199), part(201, 16_000)])).toEqual([
      [0, 99],
      [200, 200],
      [16_001, 16_383],
    ]);
    expect(uncoveredSlots([])).toEqual([[0, 16_383]]);
  });
});
