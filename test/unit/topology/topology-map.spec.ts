import * as fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { SLOT_COUNT } from '../../../lib/topology/cluster-topology.js';
import { TopologyMap } from '../../../lib/topology/topology-map.js';
import { node, view } from './views.js';

const LAST = SLOT_COUNT - 1;

/** Primary 1 with slots 0-99 at epoch 1 and primary 2 with the others at epoch 5, as 2 sees it. */
const healthy = () =>
  view(
    'n2',
    node('n1', { epoch: 1, slots: [[0, 99]] }),
    node('n2', { epoch: 5, slots: [[100, LAST]] }),
    node('n3', { epoch: 1, primaryId: 'n1' }),
    node('n4', { epoch: 5, primaryId: 'n2' }),
  );

/** What `source` says where `id` has all slots, at the epoch that all have. */
const claimed = (source: string, id: string) =>
  view(
    source,
    ...['n1', 'n2', 'n3'].map((each) =>
      node(each, { epoch: 3, slots: each === id ? [[0, LAST]] : [] }),
    ),
  );

/** Another cluster. */
const strangers = (source: string) =>
  view(
    source,
    node('n7', { epoch: 1, slots: [[0, LAST]] }),
    node('n8', { epoch: 1, primaryId: 'n7' }),
  );

/** Views without epochs, before and after the slots moved. */
const unmoved = (source: string) =>
  view(source, node('n1', { slots: [[0, LAST]] }), node('n2'));
const moved = (source: string) =>
  view(source, node('n1'), node('n2', { slots: [[0, 5]] }));

describe('the topology map', () => {
  let map: TopologyMap;
  beforeEach(() => {
    map = new TopologyMap();
  });

  const owner = (slot: number) => map.ownerOf(slot)?.id;

  it('describes shards by their first slot, with their replicas', () => {
    expect(map.apply(healthy())).toBe('changed');
    expect(map.topology).toMatchObject({
      version: 1,
      shards: [
        {
          slots: [[0, 99]],
          primary: { id: 'n1', address: 'h:1', role: 'primary' },
          replicas: [{ id: 'n3', address: 'h:3', role: 'replica' }],
        },
        { slots: [[100, LAST]], primary: { id: 'n2' } },
      ],
      spare: [],
    });
  });

  it('gives a promoted replica that a redirect named the other replicas of its primary (conformance 134)', () => {
    map.apply(
      view(
        'n1',
        node('n1', { epoch: 1, slots: [[0, LAST]] }),
        node('n3', { epoch: 1, primaryId: 'n1' }),
        node('n4', { epoch: 1, primaryId: 'n1' }),
      ),
    );
    map.patch(7, { host: 'h', port: 3 });
    map.publish();
    const shard = map.topology.shards.find(
      ({ primary }) => primary.id === 'n3',
    );
    expect(shard?.slots).toEqual([[7, 7]]);
    expect(shard?.replicas.map(({ id }) => id)).toEqual(['n4']);
  });

  it('keeps failed replicas and primaries without slots', () => {
    map.apply(
      view(
        'n1',
        node('n1', { epoch: 1, slots: [[0, LAST]] }),
        node('n2', { epoch: 1, primaryId: 'n1', healthy: false }),
        node('n3', { epoch: 0 }),
      ),
    );
    expect(map.topology).toMatchObject({
      shards: [{ replicas: [{ id: 'n2', healthy: false }] }],
      spare: [{ id: 'n3' }],
    });
  });

  it('grows its version only with a change', () => {
    map.apply(healthy());
    const { topology } = map;
    expect(map.apply(healthy())).toBe('unchanged');
    expect(map.topology).toBe(topology);
    map.apply(
      view(
        'n1',
        ...healthy().nodes.map((n) =>
          n.id === 'n3' ? { ...n, healthy: false } : n,
        ),
      ),
    );
    expect(map.topology.version).toBe(2);
  });

  it('takes another order of nodes for no change', () => {
    const nodes = [
      node('n1', { epoch: 1, slots: [[0, LAST]] }),
      node('n2', { epoch: 1, primaryId: 'n1' }),
      node('n3', { epoch: 1, primaryId: 'n1' }),
      node('n4', { epoch: 0 }),
      node('n5', { epoch: 0 }),
    ];
    map.apply(view('n1', ...nodes));
    expect(map.apply(view('n2', ...nodes.toReversed()))).toBe('unchanged');
  });

  it('does not go back to an older view (conformance 31)', () => {
    map.apply(healthy());
    const failover = view(
      'n3',
      node('n1', { epoch: 1, healthy: false }),
      node('n3', { epoch: 6, slots: [[0, 99]] }),
      node('n2', { epoch: 5, slots: [[100, LAST]] }),
    );
    map.apply(failover);
    expect(owner(0)).toBe('n3');
    // as a node saw it that was cut off meanwhile
    map.apply(healthy());
    expect(owner(0)).toBe('n3');
    expect(map.epochOf(0)).toBe(6);
    expect(owner(100)).toBe('n2');
  });

  it('takes what is newer in a view that is older elsewhere (conformance 31)', () => {
    map.apply(
      view(
        'n3',
        node('n3', { epoch: 6, slots: [[0, 99]] }),
        node('n2', { epoch: 5, slots: [[100, LAST]] }),
      ),
    );
    map.apply(
      view(
        'n4',
        node('n1', { epoch: 1, slots: [[0, 99]] }),
        node('n4', { epoch: 7, slots: [[100, LAST]] }),
        node('n2', { epoch: 5 }),
      ),
    );
    expect([owner(0), owner(100)]).toEqual(['n3', 'n4']);
  });

  it('believes of two owners with one epoch the one that says so of itself', () => {
    map.apply(claimed('n1', 'n1'));
    map.apply(claimed('n3', 'n2'));
    expect(owner(0)).toBe('n1');
    map.apply(claimed('n2', 'n2'));
    expect(owner(0)).toBe('n2');
  });

  it('forgets the owner of slots that are not covered any more (conformance 27)', () => {
    map.apply(healthy());
    map.apply(
      view(
        'n2',
        node('n1', { epoch: 1, slots: [[0, 49]] }),
        node('n2', { epoch: 5, slots: [[100, LAST]] }),
      ),
    );
    expect([owner(49), owner(50), owner(99), owner(100)]).toEqual([
      'n1',
      undefined,
      undefined,
      'n2',
    ]);
  });

  it('keeps slots that only an older view leaves uncovered (conformance 31)', () => {
    map.apply(healthy());
    map.apply(view('n1', node('n1', { epoch: 1, slots: [[0, 99]] })));
    expect(owner(100)).toBe('n2');
    // and its node, though the view does not know it
    expect(map.topology.shards[1]!.replicas).toEqual([]);
  });

  describe('with views that have no epochs', () => {
    beforeEach(() => {
      map.apply(unmoved('n1'));
    });

    it('believes no node alone that contradicts it (conformance 31)', () => {
      expect(map.apply(moved('n1'))).toBe('disbelieved');
      expect(map.apply(moved('n1'))).toBe('disbelieved');
      expect([owner(0), owner(6)]).toEqual(['n1', 'n1']);
    });

    it('believes two that agree', () => {
      map.apply(moved('n1'));
      expect(map.apply(moved('n2'))).toBe('changed');
      expect([owner(0), owner(6)]).toEqual(['n2', undefined]);
    });

    it('believes the only one that answers', () => {
      expect(map.apply(moved('n1'), true)).toBe('changed');
      expect(owner(0)).toBe('n2');
    });

    it('starts to count anew when another has confirmed what it holds', () => {
      map.apply(moved('n1'));
      expect(map.apply(unmoved('n2'))).toBe('unchanged');
      expect(map.apply(moved('n2'))).toBe('disbelieved');
    });

    it('keeps what a redirect said against one that lags behind', () => {
      map.patch(3, { host: 'h', port: 2 });
      expect(map.apply(unmoved('n1'))).toBe('disbelieved');
      expect(owner(3)).toBe('n2');
    });
  });

  it('changes one slot by a redirect, and no other (conformance 26)', () => {
    map.apply(healthy());
    expect(map.patch(50, { host: 'h', port: 2 })).toMatchObject({ id: 'n2' });
    expect(map.publish()).toBe(true);
    expect([owner(49), owner(50), owner(51)]).toEqual(['n1', 'n2', 'n1']);
    expect(map.epochOf(50)).toBe(1);
    expect(map.topology.shards[0]!.slots).toEqual([
      [0, 49],
      [51, 99],
    ]);
  });

  it('knows a redirect to the owner for no change', () => {
    map.apply(healthy());
    expect(map.patch(50, { host: 'h', port: 1 })).toBe(undefined);
    expect(map.publish()).toBe(false);
    expect(map.topology.version).toBe(1);
  });

  it('keeps what a redirect said against views as old as the redirected one', () => {
    map.apply(healthy());
    map.patch(50, { host: 'h', port: 2 });
    // nobody has told node 4 yet
    map.apply({ ...healthy(), source: 'h:4' });
    expect(owner(50)).toBe('n2');
    // only node 1 itself could tell
    expect(map.disputed).toEqual([{ host: 'h', port: 1 }]);
  });

  it.each([
    ['confirms', 'n2'],
    ['replaces', 'n4'],
  ])('lets a newer view have the last word: it %s a redirect', (_, id) => {
    map.apply(healthy());
    map.patch(50, { host: 'h', port: 2 });
    map.apply(
      view(
        'n1',
        node('n1', {
          epoch: 1,
          slots: [
            [0, 49],
            [51, 99],
          ],
        }),
        ...['n2', 'n4'].map((each) =>
          node(each, {
            epoch: each === id ? 8 : 5,
            slots: each === id ? [[50, 50]] : [],
          }),
        ),
        node('n5', { epoch: 9, slots: [[100, LAST]] }),
      ),
    );
    expect(owner(50)).toBe(id);
    expect(map.epochOf(50)).toBe(8);
  });

  it('follows a redirect to a node that nobody described yet, and learns its id', () => {
    map.apply(healthy());
    map.patch(0, { host: 'new', port: 9 });
    expect(map.ownerOf(0)).toMatchObject({ id: '', address: 'new:9' });
    map.publish();
    expect(map.topology.shards[0]).toMatchObject({ replicas: [] });
    const described = node('n9', {
      address: { host: 'new', port: 9 },
      epoch: 6,
      slots: [[0, 0]],
    });
    map.apply(view('n2', ...healthy().nodes, described));
    expect(owner(0)).toBe('n9');
  });

  it('knows the replicas of a node of which one slot is only redirected to', () => {
    const there = { host: 'new', port: 9 };
    map.apply(healthy());
    map.patch(0, there);
    map.apply(
      view(
        'n2',
        node('n1', { epoch: 1, slots: [[0, 49]] }),
        node('n9', { address: there, epoch: 6, slots: [[50, 99]] }),
        node('n8', { epoch: 6, primaryId: 'n9' }),
        node('n2', { epoch: 5, slots: [[100, LAST]] }),
      ),
    );
    expect(map.topology.shards[0]).toMatchObject({
      slots: [
        [0, 0],
        [50, 99],
      ],
      primary: { id: 'n9' },
      replicas: [{ id: 'n8' }],
    });
  });

  it('takes shards behind one address for one, with all their replicas', () => {
    const proxy = { host: 'proxy', port: 1 };
    map.apply(
      view(
        'n1',
        node('n1', { address: proxy, epoch: 1, slots: [[0, 99]] }),
        node('n2', { address: proxy, epoch: 2, slots: [[100, LAST]] }),
        node('n3', { epoch: 1, primaryId: 'n1' }),
        node('n4', { epoch: 2, primaryId: 'n2' }),
        node('n5', { address: proxy, epoch: 2, primaryId: 'n2' }),
      ),
    );
    expect(map.topology.shards).toMatchObject([
      {
        slots: [[0, LAST]],
        primary: { address: 'proxy:1' },
        replicas: [{ id: 'n3' }, { id: 'n4' }],
      },
    ]);
  });

  describe('with a view that knows none of its nodes', () => {
    beforeEach(() => {
      map.apply(healthy());
    });

    it('does not believe one node', () => {
      expect(map.apply(strangers('n7'))).toBe('disbelieved');
      expect(map.apply(strangers('n7'))).toBe('disbelieved');
      expect(owner(0)).toBe('n1');
    });

    it('believes two, whatever the epochs were', () => {
      map.apply(strangers('n7'));
      expect(map.apply(strangers('n8'))).toBe('changed');
      expect([owner(0), owner(100)]).toEqual(['n7', 'n7']);
      expect(map.topology.spare).toEqual([]);
    });

    it('believes the only one that answers', () => {
      expect(map.apply(strangers('n7'), true)).toBe('changed');
      expect(owner(100)).toBe('n7');
    });

    it('starts to count anew when a member has answered', () => {
      map.apply(strangers('n7'));
      map.apply(healthy());
      expect(map.apply(strangers('n8'))).toBe('disbelieved');
    });
  });

  it('ignores an empty view and ranges beyond the slots', () => {
    map.apply(healthy());
    expect(map.apply(view('n1'))).toBe('unchanged');
    map.apply(
      view(
        'n1',
        node('n1', {
          epoch: 9,
          slots: [
            [99_990, 99_999],
            [NaN, 5],
          ],
        }),
      ),
    );
    expect(map.topology.shards).toEqual([]);
  });

  it('never lowers the epoch of a covered slot, in whatever order views come', () => {
    // epoch e of a slot belongs to one owner for ever
    const epoch = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(epoch, epoch), { minLength: 1 }),
        (seen) => {
          const own = new TopologyMap();
          let highest = [0, 0];
          for (const [low, high] of seen) {
            own.apply(
              view(
                'n100',
                node(`n${low}`, { epoch: low, slots: [[0, 99]] }),
                node(`n1${high}`, { epoch: high, slots: [[100, LAST]] }),
                node('n100', { epoch: 0 }),
              ),
            );
            highest = [Math.max(highest[0]!, low), Math.max(highest[1]!, high)];
            expect([own.epochOf(0), own.epochOf(100)]).toEqual(highest);
            expect([own.ownerOf(0)!.id, own.ownerOf(100)!.id]).toEqual([
              `n${highest[0]}`,
              `n1${highest[1]}`,
            ]);
          }
        },
      ),
    );
  });
});
