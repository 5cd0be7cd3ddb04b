import {
  RedisClusterClient,
  type RedisClusterClientOptions,
} from '../../lib/index.js';
import {
  type Handler,
  OK,
  ScriptedServer,
  withHandshake,
} from './scripted-server.js';
import {
  id,
  type ScriptedNode,
  type ScriptedShard,
  withTopology,
} from './scripted-topology.js';

/** The slots of 1, 2 or 3 shards, as usual. */
const RANGES: readonly (readonly (readonly [number, number])[])[] = [
  [[0, 16383]],
  [
    [0, 8191],
    [8192, 16383],
  ],
  [
    [0, 5460],
    [5461, 10922],
    [10923, 16383],
  ],
];

/** A key of each third of the slots: 3300 (`b`), 7365 (`c`), 15495 (`a`). */
export const KEYS = ['b', 'c', 'a'] as const;
export const SLOT = { a: 15_495, b: 3_300, c: 7_365 } as const;

/**
 * A cluster of {@link ScriptedServer}s: they agree on a topology until a test
 * changes it, answer GET with their own address, and everything else with OK.
 */
export class ScriptedCluster implements AsyncDisposable {
  /** What the nodes say of the cluster; may be replaced. */
  shards: ScriptedShard[];
  /** What one node says instead. */
  readonly viewOf = new Map<number, () => readonly ScriptedShard[]>();
  /** Answers data commands of one node instead of the default. */
  readonly answer = new Map<number, Handler>();
  /** The version that one node says it is of, instead of one that the command table is made from. */
  readonly version = new Map<number, string>();
  private readonly clients: RedisClusterClient[] = [];

  private constructor(
    readonly servers: readonly ScriptedServer[],
    readonly nodes: readonly ScriptedNode[],
    primaries: number,
  ) {
    this.shards = RANGES[primaries - 1]!.map((slots, index) => ({
      slots: [slots],
      primary: nodes[index]!,
    }));
    servers.forEach((server, index) => {
      server.handler = withHandshake(
        withTopology(
          () => this.viewOf.get(index)?.() ?? this.shards,
          () => nodes[index]!,
          (command, connection) =>
            (this.answer.get(index) ?? this.standard(index))(
              command,
              connection,
            ),
        ),
        { version: () => this.version.get(index) },
      );
    });
  }

  /**
   * @param primaries nodes that own the slots, in equal ranges
   * @param spare nodes that are no part of the topology at first
   * @param where where they listen: on free ports of 127.0.0.1 unless said otherwise
   */
  static async open(
    primaries: 1 | 2 | 3,
    spare = 0,
    where: { readonly host?: string; readonly ports?: readonly number[] } = {},
  ): Promise<ScriptedCluster> {
    const { host = '127.0.0.1', ports = [] } = where;
    const servers = await Promise.all(
      Array.from({ length: primaries + spare }, (_, index) =>
        ScriptedServer.open(() => OK, { host, port: ports[index] ?? 0 }),
      ),
    );
    const nodes = servers.map(({ port }, index) => ({
      id: id((index + 1).toString(16)),
      host,
      port,
      epoch: index + 1,
    }));
    return new ScriptedCluster(servers, nodes, primaries);
  }

  /** What a node answers where a test says nothing else. */
  standard(index: number): Handler {
    return ([name = '']) =>
      name.toUpperCase() === 'GET' ? this.servers[index]!.address : OK;
  }

  /** A client of the first node, closed with the cluster. */
  client(options: Partial<RedisClusterClientOptions> = {}): RedisClusterClient {
    const client = new RedisClusterClient({
      nodes: [this.servers[0]!.address],
      reconnectDelayMs: { min: 5, max: 50 },
      ...options,
    });
    this.clients.push(client);
    return client;
  }

  /** The same, connected. */
  async connected(
    options: Partial<RedisClusterClientOptions> = {},
  ): Promise<RedisClusterClient> {
    const client = this.client(options);
    await client.connect();
    return client;
  }

  /** How often a command came, on all nodes. */
  count(name: string, subcommand?: string): number {
    return this.servers
      .flatMap((server) => server.commands(name))
      .filter(([, word]) => subcommand === undefined || word === subcommand)
      .length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.clients) client.destroy();
    await Promise.all(this.servers.map((server) => server.close()));
  }
}

/** Resolves once `holds`; rejects after `timeoutMs`. */
export async function until(
  holds: () => boolean,
  timeoutMs = 60_000,
): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`Not so: ${String(holds)}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Something that waits until it is let go. */
export class Held {
  release: () => void = () => undefined;
  readonly released = new Promise<void>((resolve) => {
    this.release = resolve;
  });
}
