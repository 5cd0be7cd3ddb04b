import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReplyError } from '../../../lib/errors/reply-error.js';
import type { NodeAddress } from '../../../lib/options/client-options.js';
import { formatAddress } from '../../../lib/options/node-address.js';
import type { ClusterTopology } from '../../../lib/topology/cluster-topology.js';
import { TopologyKeeper } from '../../../lib/topology/topology-keeper.js';

/** CLUSTER NODES of a cluster with the primaries 1 and 2, as node `self` sees it. */
const nodesReply = (self: number, epoch = 1): string =>
  [1, 2]
    .map((port) => {
      const flags = port === self ? 'myself,master' : 'master';
      const slots = port === 1 ? '0-99' : '100-16383';
      return `n${port} h:${port}@1 ${flags} - 0 0 ${epoch} connected ${slots}`;
    })
    .join('\n');

const lonely = (self: number): string =>
  `n${self} h:${self}@1 myself,master - 0 0 9 connected`;

const strange = (self: number): string =>
  `x${self} h:${self}@1 myself,master - 0 0 1 connected 0-16383\n` +
  'x9 h:9@1 master - 0 0 1 connected';

type Answer = () => Promise<unknown>;

/** Runs what is due, and what follows from it. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe('the topology keeper', () => {
  /** What each node answers to CLUSTER NODES; a node that is not here is dead. */
  const answers = new Map<string, Answer>();
  /** What each node answers to CLUSTER SLOTS: never the same, unless a test says so. */
  let slots: () => unknown;
  let asked: string[];
  let opened: string[];
  let destroyed: number;
  let changes: ClusterTopology[];
  let failures: ReadonlyMap<string, Error>[];
  let keeper: TopologyKeeper;

  const openControl = (address: NodeAddress) => {
    const label = formatAddress(address);
    opened.push(label);
    return {
      address,
      get usable() {
        return answers.has(label);
      },
      ask: async (...words: readonly string[]): Promise<unknown> => {
        const answer = answers.get(label);
        if (answer === undefined) {
          if (words[1] === 'NODES') asked.push(label);
          throw new Error('dead');
        }
        // everything is read from NODES here
        if (words[1] === 'SLOTS') return slots();
        if (words[1] === 'SHARDS') throw new ReplyError('ERR unknown');
        asked.push(label);
        return answer();
      },
      destroy: () => {
        destroyed += 1;
      },
    };
  };

  const alive = (label: string, answer: Answer | string): void => {
    answers.set(
      label,
      typeof answer === 'string' ? () => Promise.resolve(answer) : answer,
    );
  };

  beforeEach(() => {
    vi.useFakeTimers();
    answers.clear();
    let glances = 0;
    slots = () => [[++glances]];
    [asked, opened, changes, failures, destroyed] = [[], [], [], [], 0];
    keeper = new TopologyKeeper({
      seeds: [
        { host: 'h', port: 1 },
        { host: 'h', port: 2 },
      ],
      refreshMs: 30_000,
      tls: false,
      mapAddress: (address) => address,
      openControl,
      routeAwaited: () => false,
      slotMoved: () => undefined,
      changed: (topology) => changes.push(topology),
      refreshFailed: (causes) => failures.push(causes),
    });
    alive('h:1', nodesReply(1));
    alive('h:2', nodesReply(2));
  });

  afterEach(() => {
    keeper.close();
    vi.useRealTimers();
  });

  it('reads the topology from the first seed that answers, and tells it', async () => {
    const told: number[] = [];
    keeper.topology$.subscribe(({ version }) => told.push(version));
    await keeper.refresh();
    expect(asked).toEqual(['h:1']);
    expect(changes).toHaveLength(1);
    expect(told).toEqual([0, 1]);
    expect(keeper.topology$.value.shards).toHaveLength(2);
  });

  it('refreshes a hundred times over one connection (conformance 30)', async () => {
    for (let nth = 0; nth < 100; nth++) await keeper.refresh();
    expect(asked).toHaveLength(100);
    expect(opened).toEqual(['h:1']);
    expect(destroyed).toBe(0);
    expect(changes).toHaveLength(1);
  });

  describe('that hears the same CLUSTER SLOTS again', () => {
    const SAME = [[0, 16_383, ['h', 1, 'n1', []]]];

    beforeEach(async () => {
      slots = () => structuredClone(SAME);
      await keeper.refresh();
      asked = [];
    });

    it('reads nothing else, nine times in a row', async () => {
      for (let nth = 0; nth < 9; nth++) await keeper.refresh();
      expect(asked).toEqual([]);
      await keeper.refresh();
      expect(asked).toEqual(['h:1']);
      await keeper.refresh();
      expect(asked).toHaveLength(1);
    });

    it('reads everything once it differs', async () => {
      slots = () => [...SAME, [0, 1, ['h', 2, 'n2', []]]];
      await keeper.refresh();
      expect(asked).toEqual(['h:1']);
    });

    it('reads everything behind a redirect, which it contradicts', async () => {
      keeper.moved(5, { host: 'h', port: 2 });
      await pass(1_000);
      expect(asked).toEqual(['h:1']);
    });

    it('reads everything while a node in use is away, or in doubt', async () => {
      keeper.trouble('h:2');
      await pass(60);
      expect(asked).toEqual(['h:1']);
      keeper.calm('h:2');
      asked = [];
      keeper.refreshSoon('h:1');
      await pass(1_000);
      expect(asked.length).toBeGreaterThan(0);
    });

    it('asks another node everything when the one asked is gone', async () => {
      answers.delete('h:1');
      await keeper.refresh();
      expect(asked.at(-1)).toBe('h:2');
    });
  });

  it('answers 500 redirects at once with two readings at most (conformance 28)', async () => {
    await keeper.refresh();
    asked = [];
    for (let slot = 0; slot < 500; slot++) {
      keeper.moved(slot, { host: 'h', port: 2 });
    }
    await pass(1_000);
    expect(asked.length).toBeGreaterThan(0);
    expect(asked.length).toBeLessThanOrEqual(2);
  });

  it('asks once more for everything asked while it reads (conformance 29)', async () => {
    let open: ((reply: string) => void) | undefined;
    alive('h:1', () => new Promise((resolve) => (open = resolve)));
    const first = keeper.refresh();
    await pass(0);
    for (let nth = 0; nth < 100; nth++) {
      void keeper.refresh();
      keeper.refreshSoon();
    }
    expect(asked).toHaveLength(1);
    alive('h:1', nodesReply(1));
    open!(nodesReply(1));
    await pass(1_000);
    await first;
    expect(asked).toHaveLength(2);
  });

  it('asks another node when one fails, and keeps to that (conformance 32)', async () => {
    answers.delete('h:1');
    await keeper.refresh();
    await keeper.refresh();
    expect(asked).toEqual(['h:1', 'h:2', 'h:2']);
    expect(failures).toEqual([]);
    expect(changes).toHaveLength(1);
  });

  it('asks a seed behind every node that fails: their addresses may all have changed (conformance 59)', async () => {
    // both seeds lead to a cluster of eight other addresses, which die
    const many = Array.from({ length: 8 }, (_, nth) => 11 + nth)
      .map((port) => {
        const owned = port === 11 ? ' 0-16383' : '';
        return `m${port} h:${port}@1 master - 0 0 1 connected${owned}`;
      })
      .join('\n');
    alive('h:1', many);
    await keeper.refresh();
    answers.clear();
    alive('h:2', many.replaceAll('h:', 'new:'));
    asked = [];
    await keeper.refresh();
    // a node, a seed, a node, a seed
    expect(asked).toHaveLength(4);
    expect([asked[1], asked[3]]).toEqual(['h:1', 'h:2']);
    expect(keeper.map.topology.shards[0]!.primary.address).toBe('new:11');
  });

  it('keeps the old topology when nobody answers, and tells why (conformance 32)', async () => {
    await keeper.refresh();
    const { topology } = keeper.map;
    answers.clear();
    await keeper.refresh();
    expect([...failures[0]!.keys()].sort()).toEqual(['h:1', 'h:2']);
    expect(failures[0]!.get('h:1')!.message).toBe('dead');
    expect(keeper.map.topology).toBe(topology);
  });

  it('goes on by itself after a failure', async () => {
    answers.clear();
    await keeper.refresh();
    alive('h:2', nodesReply(2));
    await pass(40_000);
    expect(changes).toHaveLength(1);
  });

  it('reads again within a fifth of its interval (conformance 36)', async () => {
    await keeper.refresh();
    await pass(23_999);
    expect(asked).toHaveLength(1);
    await pass(12_001);
    expect(asked).toHaveLength(2);
  });

  it('asks others than a node that was reset and serves nothing', async () => {
    await keeper.refresh();
    alive('h:1', lonely(1));
    await keeper.refresh();
    expect(keeper.map.topology.shards).toHaveLength(2);
    expect(keeper.map.topology.version).toBe(1);
    await keeper.refresh();
    expect(asked).toEqual(['h:1', 'h:1', 'h:2', 'h:2']);
  });

  it('passes over a seed that never joined a cluster', async () => {
    alive('h:1', lonely(1));
    await keeper.refresh();
    expect(changes).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  it('tells when no node serves any slot', async () => {
    alive('h:1', lonely(1));
    alive('h:2', lonely(2));
    await keeper.refresh();
    expect(failures[0]!.get('h:2')!.message).toContain('serves slots');
  });

  it('asks others than a node that joined another cluster', async () => {
    await keeper.refresh();
    alive('h:1', strange(1));
    await keeper.refresh();
    expect(keeper.map.ownerOf(0)!.id).toBe('n1');
    expect(asked).toEqual(['h:1', 'h:1', 'h:2']);
  });

  it('finds a rebuilt cluster in one reading when two nodes say so', async () => {
    await keeper.refresh();
    alive('h:1', strange(1));
    alive('h:2', strange(2));
    await keeper.refresh();
    expect(keeper.map.ownerOf(0)!.id).toMatch(/^x/);
  });

  it('finds a rebuilt cluster when one node alone answers', async () => {
    await keeper.refresh();
    alive('h:1', strange(1));
    answers.delete('h:2');
    await keeper.refresh();
    expect(keeper.map.ownerOf(0)!.id).toBe('x1');
    expect(failures).toEqual([]);
  });

  it('asks often, and not of the node in trouble first, until that is back', async () => {
    await keeper.refresh();
    asked = [];
    keeper.trouble('h:1');
    await pass(1_000);
    expect(asked.length).toBeGreaterThanOrEqual(4);
    expect(asked).not.toContain('h:1');
    keeper.calm('h:1');
    await pass(200);
    asked = [];
    await pass(10_000);
    expect(asked).toEqual([]);
  });

  it('asks ever less often about an owner that is dead for good, and again at once about the next', async () => {
    await keeper.refresh();
    keeper.trouble('h:1');
    await pass(12_000);
    asked = [];
    await pass(600_000);
    // every 5 s in the end; every attempt to reconnect tells of it again
    expect(asked.length).toBeLessThan(400);
    asked = [];
    for (let second = 0; second < 60; second += 1) {
      keeper.trouble('h:1');
      await pass(1_000);
    }
    expect(asked.length).toBeLessThan(20);
    asked = [];
    keeper.trouble('h:2');
    await pass(1_000);
    expect(asked.length).toBeGreaterThanOrEqual(4);
  });

  it('is calm when the node in trouble has been replaced', async () => {
    await keeper.refresh();
    keeper.trouble('h:1');
    const replaced = nodesReply(2, 5)
      .replace('n1 h:1@1', 'n3 h:3@1')
      .replace('- 0 0 5', '- 0 0 6');
    alive('h:2', replaced);
    await pass(1_000);
    expect(keeper.map.ownerOf(0)!.id).toBe('n3');
    asked = [];
    await pass(10_000);
    expect(asked).toEqual([]);
  });

  it('leaves no timer when it is closed while it waits', async () => {
    await keeper.refresh();
    keeper.refreshSoon();
    keeper.trouble('h:1');
    keeper.close();
    expect(vi.getTimerCount()).toBe(0);
    await pass(60_000);
    expect(asked).toHaveLength(1);
  });

  it('leaves no timer when it is closed while it reads', async () => {
    let fail: ((error: Error) => void) | undefined;
    alive('h:1', () => new Promise((_, reject) => (fail = reject)));
    const reading = keeper.refresh();
    await pass(0);
    keeper.refreshSoon();
    keeper.close();
    fail!(new Error('closed'));
    await reading;
    expect(vi.getTimerCount()).toBe(0);
    expect(opened).toEqual(['h:1']);
    expect(failures).toEqual([]);
  });

  it('leaves no timer when it is closed between two readings', async () => {
    const reading = keeper.refresh();
    keeper.refreshSoon();
    await pass(10);
    keeper.close();
    expect(vi.getTimerCount()).toBe(0);
    await reading;
    expect(asked).toHaveLength(1);
  });

  it('asks nobody once it is closed', async () => {
    keeper.close();
    await keeper.refresh();
    keeper.refreshSoon();
    await pass(1_000);
    expect(opened).toEqual([]);
  });
});
