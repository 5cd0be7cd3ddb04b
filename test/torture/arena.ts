import { setTimeout as delay } from 'node:timers/promises';
import { keySlot } from '../../lib/routing/key-slot.js';
import {
  LocalRedisCluster,
  type LocalRedisClusterOptions,
  type LocalRedisNode,
} from '../../lib/testing/index.js';
import { TcpProxy } from '../support/tcp-proxy.js';
import type { ClientProcess } from './client-process.js';
import type { ConnectRequest } from './torture-client.js';
import { TopologyTap } from './topology-tap.js';

/** A node, with the proxies that clients may reach it by. */
interface Gate {
  readonly node: LocalRedisNode;
  readonly tap: TopologyTap;
  /** In front of the announced address. */
  proxy: TcpProxy;
  /** In front of the seed's address, which stays when all others change. */
  readonly seed: TcpProxy;
}

/**
 * How clients reach the nodes: at the addresses where they listen; through
 * proxies that an address map of the client leads to; or through proxies that
 * the nodes announce as their own addresses.
 */
export type Way = 'direct' | 'mapped' | 'announced';

/** A cluster under test, the proxies in front of it, and the clients that use it. */
export class Arena implements AsyncDisposable {
  readonly clients: ClientProcess[] = [];
  password: string | undefined;
  private readonly gates = new Map<string, Gate>();

  private constructor(
    readonly cluster: LocalRedisCluster,
    private readonly options: LocalRedisClusterOptions,
    private readonly way: Way,
  ) {
    this.password = options.users?.[0]?.password;
  }

  static async open(
    options: LocalRedisClusterOptions,
    way: Way,
  ): Promise<Arena> {
    const cluster = await LocalRedisCluster.start({
      requireFullCoverage: false,
      ...options,
    });
    const arena = new Arena(cluster, options, way);
    if (way !== 'direct') {
      for (const node of cluster.nodes) await arena.openGate(node);
    }
    if (way === 'announced') await arena.announce();
    return arena;
  }

  /** What a client needs to connect. */
  get request(): ConnectRequest {
    const [user] = this.options.users ?? [];
    const suffix = this.options.announceHostnames;
    return {
      seeds:
        this.way !== 'direct'
          ? [...this.gates.values()].map(
              ({ seed }) => `redis://${seed.address}`,
            )
          : this.cluster.seeds,
      ...(this.way === 'mapped' && { addresses: this.addresses }),
      ...(suffix !== undefined && { hostSuffix: suffix }),
      ...(user !== undefined && {
        username: user.name,
        password: this.password,
      }),
    };
  }

  /** The proxy in front of a node. */
  proxyOf(node: LocalRedisNode): TcpProxy {
    return this.gateOf(node).proxy;
  }

  tapOf(node: LocalRedisNode): TopologyTap {
    return this.gateOf(node).tap;
  }

  get proxies(): TcpProxy[] {
    return [...this.gates.values()].flatMap(({ proxy, seed }) => [proxy, seed]);
  }

  /** A tag whose keys lie in a slot. */
  static tagOf(slot: number): string {
    const tag = TAGS[slot];
    if (tag === undefined) throw new Error(`No tag is known for slot ${slot}`);
    return tag;
  }

  /** One more node, with its proxies; the clients learn of it with the next {@link tellAddresses}. */
  async addNode(replicaOf?: LocalRedisNode): Promise<LocalRedisNode> {
    const node = await this.cluster.addNode(replicaOf ? { replicaOf } : {});
    if (this.way !== 'direct') {
      await this.openGate(node);
      await this.tellAddresses();
    }
    return node;
  }

  /** Every node has a new address, and nobody listens at the old ones; the seeds' names lead to the new ones. */
  async changeAllAddresses(): Promise<void> {
    const old: TcpProxy[] = [];
    for (const gate of this.gates.values()) {
      old.push(gate.proxy);
      gate.proxy = await TcpProxy.open(gate.node, gate.tap);
    }
    if (this.way === 'announced') await this.announce();
    else await this.tellAddresses();
    for (const gate of this.gates.values()) gate.seed.cut('rst');
    await Promise.all(old.map((proxy) => proxy.close()));
  }

  async tellAddresses(): Promise<void> {
    const { addresses } = this;
    await Promise.all(
      this.clients.map((client) => client.update({ addresses })),
    );
  }

  /** The value of a counter at the slot's owner; 0 where there is none. */
  async counter(key: string): Promise<number> {
    const owner = await this.cluster.primaryOf(keySlot(key));
    return Number((await owner.command('GET', key)) ?? 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.close()));
    await this.cluster.stop();
  }

  /** Lets the nodes announce their proxies; resolves when all know all of them. */
  private async announce(): Promise<void> {
    const gates = [...this.gates.values()];
    for (const { node, proxy } of gates) {
      await node.command('CONFIG', 'SET', 'cluster-announce-port', proxy.port);
    }
    for (const { node } of gates) {
      for (;;) {
        const view = String(await node.command('CLUSTER', 'NODES'));
        if (gates.every(({ proxy }) => view.includes(`:${proxy.port}@`))) break;
        await delay(50);
      }
    }
  }

  private get addresses(): Record<string, string> {
    return Object.fromEntries(
      [...this.gates].map(([address, { proxy }]) => [address, proxy.address]),
    );
  }

  private gateOf(node: LocalRedisNode): Gate {
    const gate = this.gates.get(node.address);
    if (gate === undefined) throw new Error(`${node.address} has no proxy`);
    return gate;
  }

  private async openGate(node: LocalRedisNode): Promise<void> {
    const tap = new TopologyTap();
    this.gates.set(node.address, {
      node,
      tap,
      proxy: await TcpProxy.open(node, tap),
      seed: await TcpProxy.open(node, tap),
    });
  }
}

/** A short tag for every slot. */
const TAGS = makeTags();

function makeTags(): string[] {
  const tags: string[] = [];
  for (let n = 0, missing = 16_384; missing > 0; n += 1) {
    const tag = n.toString(36);
    const slot = keySlot(tag);
    if (tags[slot] !== undefined) continue;
    tags[slot] = tag;
    missing -= 1;
  }
  return tags;
}
