import { FanOutError, RedisClusterClient } from 'nest-redis-cluster';
import {
  LocalRedisCluster,
  type LocalRedisClusterOptions,
  type LocalRedisNode,
} from 'nest-redis-cluster/testing';

/** Where a fan-out goes. */
export type Reach = 'nodes' | 'primaries';

/** A cluster whose nodes are asked one by one what a client's fan-out has done to each. */
export class PolicyCluster implements AsyncDisposable {
  private constructor(
    readonly cluster: LocalRedisCluster,
    readonly client: RedisClusterClient,
    private readonly commands: ReadonlySet<string>,
  ) {}

  static async start(
    options: LocalRedisClusterOptions = {},
  ): Promise<PolicyCluster> {
    const cluster = await LocalRedisCluster.start({
      // what is frozen or dead stays what it is: no promotion
      nodeTimeoutMs: 30_000,
      requireFullCoverage: false,
      users: [{ name: 'app', password: 'secret' }],
      ...options,
      args: ['--cluster-replica-no-failover', 'yes', ...(options.args ?? [])],
    });
    const client = new RedisClusterClient(cluster.clientOptions);
    await client.connect();
    return new PolicyCluster(cluster, client, await commandsOf(cluster));
  }

  /** Whether the servers have a command or subcommand, as COMMAND says. */
  has(name: string): boolean {
    return this.commands.has(name.toLowerCase().replace(' ', '|'));
  }

  /** The nodes that a fan-out goes to. */
  async reached(reach: Reach): Promise<readonly LocalRedisNode[]> {
    return reach === 'nodes' ? this.cluster.nodes : this.cluster.primaries();
  }

  /** One node's own answer to the administrator. */
  ask(
    node: LocalRedisNode,
    name: string,
    ...args: (string | number | Buffer)[]
  ): Promise<unknown> {
    return this.cluster.command(node, name, ...args);
  }

  /** Every node's answer to the administrator, by address. */
  everywhere(
    name: string,
    ...args: (string | number | Buffer)[]
  ): Promise<Record<string, unknown>> {
    return byNode(this.cluster.nodes, (node) => this.ask(node, name, ...args));
  }

  /** Runs work while one node refuses a command of the client's user. */
  async denying<T>(
    node: LocalRedisNode,
    command: string,
    work: () => Promise<T>,
  ): Promise<T> {
    const rule = command.toLowerCase().replace(' ', '|');
    await this.ask(node, 'ACL', 'SETUSER', 'app', `-${rule}`);
    try {
      return await work();
    } finally {
      await this.ask(node, 'ACL', 'SETUSER', 'app', '+@all');
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client.destroy();
    await this.cluster.stop();
  }
}

/** What is asked of each node, by address. */
export async function byNode<T>(
  nodes: readonly LocalRedisNode[],
  ask: (node: LocalRedisNode) => T | Promise<T>,
): Promise<Record<string, T>> {
  return Object.fromEntries(
    await Promise.all(
      nodes.map(async (node) => [node.address, await ask(node)] as const),
    ),
  );
}

/** The error of a fan-out that must fail. */
export async function fanOutError(
  call: Promise<unknown>,
): Promise<FanOutError> {
  const error: unknown = await call.then(
    (reply) => new Error(`It succeeded: ${JSON.stringify(reply)}`),
    (thrown: unknown) => thrown,
  );
  if (error instanceof FanOutError) return error;
  throw error;
}

/**
 * Makes one call for each case, all at once: what they wait for, they wait for
 * together.
 *
 * @returns what came of a case; throws what its call rejected with
 */
export async function atOnce<Case, T>(
  cases: readonly Case[],
  call: (of: Case) => Promise<T>,
): Promise<(of: Case) => T> {
  const settled = await Promise.allSettled(cases.map(call));
  return (of) => {
    const result = settled[cases.indexOf(of)]!;
    if (result.status === 'rejected') throw result.reason;
    return result.value;
  };
}

/** What a fan-out did to each node, by address. */
export function outcomes(error: FanOutError): Record<string, string> {
  return Object.fromEntries(
    error.parts.map(({ node, outcome }) => [node!, outcome]),
  );
}

/** The full lower-case names of all commands: `get`, `script|load`. */
async function commandsOf(
  cluster: LocalRedisCluster,
): Promise<ReadonlySet<string>> {
  type Info = [name: string, ...rest: unknown[]];
  const infos = (await cluster.command(cluster.nodes[0]!, 'COMMAND')) as Info[];
  return new Set(
    infos.flatMap((info) => [
      info[0],
      ...((info[9] ?? []) as Info[]).map(([subcommand]) => subcommand),
    ]),
  );
}
