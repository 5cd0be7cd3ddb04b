import { describe, expect, it } from 'vitest';
import type {
  ClusterTopology,
  TopologyNode,
  TopologyShard,
} from '../../../lib/topology/cluster-topology.js';
import {
  promotionsBetween,
  unservedSlots,
} from '../../../lib/topology/topology-change.js';

const node = (
  id: string,
  role: TopologyNode['role'] = 'primary',
  port = Number(id),
): TopologyNode => ({
  id,
  host: 'h',
  port,
  address: `h:${port}`,
  role,
  healthy: true,
});

type Ranges = TopologyShard['slots'];

const shard = (
  slots: Ranges,
  primary: TopologyNode,
  ...replicas: string[]
): TopologyShard => ({
  slots,
  primary,
  replicas: replicas.map((id) => node(id, 'replica')),
});

const topology = (...shards: TopologyShard[]): ClusterTopology => ({
  version: 1,
  shards,
  spare: [],
});

const BEFORE = topology(
  shard([[0, 99]], node('1'), '11', '12'),
  shard([[100, 16383]], node('2'), '21'),
);

/** Who was promoted in whose place. */
const between = (after: ClusterTopology, before = BEFORE) =>
  promotionsBetween(before, after).map(({ former, primary, slots }) => [
    former.address,
    primary.address,
    slots,
  ]);

describe('the promotions between two topologies (conformance 155)', () => {
  it('are those of replicas that have become primaries', () => {
    const after = topology(
      shard([[0, 99]], node('12'), '1', '11'),
      shard([[100, 16383]], node('21'), '2'),
    );
    expect(between(after)).toEqual([
      ['h:1', 'h:12', [[0, 99]]],
      ['h:2', 'h:21', [[100, 16383]]],
    ]);
    expect(between(after, after)).toEqual([]);
  });

  it('are told once, with the redirect that names the new primary before its view does', () => {
    const redirected = topology(
      shard([[0, 98]], node('1'), '11', '12'),
      shard([[99, 99]], node('11'), '12'),
      shard([[100, 16383]], node('2'), '21'),
    );
    expect(between(redirected)).toEqual([['h:1', 'h:11', [[99, 99]]]]);
    const described = topology(
      shard([[0, 99]], node('11'), '1', '12'),
      shard([[100, 16383]], node('2'), '21'),
    );
    expect(between(described, redirected)).toEqual([]);
  });

  it('are none where slots move between primaries, addresses change, or nodes come', () => {
    expect(
      between(
        topology(
          shard([[0, 9]], node('1'), '11', '12'),
          shard([[10, 16383]], node('2'), '21'),
        ),
      ),
    ).toEqual([]);
    expect(
      between(
        topology(
          shard([[0, 99]], node('1', 'primary', 501), '11', '12'),
          shard([[100, 16383]], node('3'), '2', '21'),
        ),
      ),
    ).toEqual([]);
  });

  it('are none of nodes that are known by their addresses alone', () => {
    const nameless = topology(shard([[0, 16383]], node('', 'primary', 1), ''));
    expect(
      between(topology(shard([[0, 16383]], node('', 'primary', 2))), nameless),
    ).toEqual([]);
  });
});

describe('the slots that no node serves', () => {
  it.each<[Ranges, Ranges]>([
    [[], [[0, 16383]]],
    [[[0, 16383]], []],
    [[[1, 16382]], [[0, 0], [16383, 16383]]], // prettier-ignore
    [[[0, 99], [200, 16383]], [[100, 199]]], // prettier-ignore
    [[[200, 16383], [0, 99], [101, 150]], [[100, 100], [151, 199]]], // prettier-ignore
  ])('where %j are served are %j', (served, gaps) => {
    expect(unservedSlots(topology(shard(served, node('1'))))).toEqual(gaps);
    const apart = served.map((range) => shard([range], node('1')));
    expect(unservedSlots(topology(...apart))).toEqual(gaps);
  });
});
