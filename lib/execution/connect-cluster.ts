import { ClosedError } from '../errors/closed-error.js';
import { ClusterDownError } from '../errors/cluster-down-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import { ReplyError } from '../errors/reply-error.js';
import type { ClusterNode } from './cluster-node.js';
import type { ClusterNodes } from './cluster-nodes.js';

/** Between two looks at a cluster that is not usable yet, where nothing changes meanwhile. */
const INTERVAL_MS = 100;

/** The question for the cluster's state goes to a node that is connected: a live one answers at once. */
const STATE_TIMEOUT_MS = 1_000;

/** What connecting needs of the cluster. */
export interface ConnectableCluster {
  readonly nodes: ClusterNodes;
  /** Where they come as a stream. */
  readonly credentials: { begin(): Promise<unknown> } | undefined;
  readonly isClosed: boolean;
  /** What each node said when the topology was read last, and none had it. */
  readonly refreshCauses: ReadonlyMap<string, Error>;
  readonly topologyKeeper: { refresh(): Promise<void> };
  /** Resolves at the next change of topology or connections, or after `timeoutMs`. */
  nextChange(timeoutMs: number): Promise<void>;
}

/**
 * Connects until the cluster is usable: the slot map is known, the owner of
 * some slot is connected, and that node calls the cluster's state ok (which it
 * also is with dead shards where full coverage is off).
 *
 * @param eager opens a connection to the owner of every slot; else those that
 * calls have opened are enough, as long as one of them can be connected to
 * @throws {ClusterDownError} when that is not so within `timeoutMs`, with what
 * each node said
 * @throws {ConnectionError} at once when the user is turned away, or the
 * stream of credentials ends before it has given any
 * @throws {ClosedError} when the client is closed meanwhile
 */
export async function connectCluster(
  cluster: ConnectableCluster,
  timeoutMs: number,
  eager: boolean,
): Promise<void> {
  const start = performance.now();
  const credentials = cluster.credentials?.begin();
  if (credentials && !(await isSettledWithin(credentials, timeoutMs))) {
    const problem = 'credentialsProvider has given no credentials';
    throw unreachable(problem, new Map(), start);
  }
  let problem: string | undefined = 'No node of the cluster answered';
  for (let round = 0; ; round++) {
    const remaining = start + timeoutMs - performance.now();
    if (cluster.isClosed) throw new ClosedError('The client is closed');
    if (remaining <= 0) {
      throw unreachable(problem, cluster.refreshCauses, start);
    }
    await isSettledWithin(cluster.topologyKeeper.refresh(), remaining);
    const owners = cluster.nodes.primaries().map(({ node }) => node);
    const owner = owners.find((node) => node.connected);
    // what calls have opened may lead to nodes that are away
    const opened = owners.some((node) => node.connectionCount > 0);
    if (eager || (owner === undefined && (round > 0 || !opened))) {
      for (const node of owners) node.warmUp();
    }
    if (owner !== undefined) {
      problem = await problemOf(owner);
      if (problem === undefined) return;
    } else if (owners.length > 0) {
      problem = 'No node that serves slots could be connected to';
    } else {
      throwIfTurnedAway(cluster.refreshCauses);
    }
    await cluster.nextChange(Math.min(remaining, INTERVAL_MS));
  }
}

/** Why a connected node does not call the cluster usable; undefined when it does. */
async function problemOf(node: ClusterNode): Promise<string | undefined> {
  try {
    const info = await node.connection.command(
      ['CLUSTER', 'INFO'],
      STATE_TIMEOUT_MS,
    );
    return String(info).includes('cluster_state:fail')
      ? `${node.label} says that the cluster's state is fail`
      : undefined;
  } catch (error) {
    // a service that refuses CLUSTER INFO is judged by its commands
    return error instanceof ReplyError ? undefined : (error as Error).message;
  }
}

/** What a server says to a user it does not let in, or not far enough to learn the topology. */
const TURNED_AWAY = new Set(['WRONGPASS', 'NOAUTH', 'NOPERM', 'DENIED']);

/** Wrong credentials are wrong on every node: no use in trying on. */
function throwIfTurnedAway(causes: ReadonlyMap<string, Error>): void {
  for (const [node, error] of causes) {
    const refusal = refusalIn(error);
    if (refusal === undefined) continue;
    throw new ConnectionError(
      `${node} refused the connection: ${refusal.message}`,
      { node, cause: refusal },
    );
  }
}

/** The refusal may be the cause of the handshake's failure, and that the cause of the question's. */
function refusalIn(error: unknown): ReplyError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof ReplyError) {
      return TURNED_AWAY.has(at.prefix) ? at : undefined;
    }
  }
  return undefined;
}

function unreachable(
  problem: string,
  causes: ReadonlyMap<string, Error>,
  start: number,
): ClusterDownError {
  const elapsedMs = Math.round(performance.now() - start);
  const said = [...causes].map(([node, error]) => `${node}: ${error.message}`);
  const details = said.length === 0 ? '' : ` (${said.join('; ')})`;
  return new ClusterDownError(`${problem}, for ${elapsedMs} ms${details}`, {
    elapsedMs,
    cause:
      causes.size === 0
        ? undefined
        : new AggregateError([...causes.values()], 'What each node said'),
  });
}

/** Waits for a promise, but no longer than `timeoutMs`; rejects where it does. */
async function isSettledWithin(
  promise: Promise<unknown>,
  timeoutMs: number,
): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, false);
  });
  const settled = promise.then(() => true);
  return Promise.race([settled, timeUp]).finally(() => clearTimeout(timer));
}
