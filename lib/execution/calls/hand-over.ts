import { isAlwaysReplicated } from '../../commands/always-replicated.js';
import { RawRequest } from '../../connection/raw-request.js';
import type { Request } from '../../connection/request.js';
import type {
  SharedConnection,
  WriteConnection,
} from '../../replication/writes/write-connection.js';
import type { ReplicationScope } from '../../replication/scope/replication-scope.js';
import type { Call } from './call.js';
import { LeasedCall } from '../transactions/leased-call.js';
import { TransactionCall } from '../transactions/transaction-call.js';
import { attemptBegins, openTraces } from '../tracing/command-trace.js';
import type { ClusterNode } from '../cluster-node.js';

/**
 * Hands one attempt of a call to a connection of the node: the shared one, or
 * one of its own when it may block, or one that reads from replicas. A write
 * is entered into the books of its replication scope.
 *
 * @returns false when the queue is full; nothing was taken
 */
export function handOver(call: Call, node: ClusterNode): boolean {
  call.attempts += 1;
  call.node = node;
  if (openTraces !== 0) attemptBegins(call, node.label, false);
  if (call.blocks !== undefined) return handOverExclusive(call, node, false);
  if (call.scope !== undefined) return handOverScoped(call, node, call.scope);
  return call.readsReplica ? node.readers.push(call) : node.push(call);
}

/** On the connection of everybody's commands, where its barrier may go along. */
function handOverScoped(
  call: Call,
  node: ClusterNode,
  { options, open }: ReplicationScope,
): boolean {
  const { connection } = node;
  enlist(call, node, connection, false, connection);
  const taken = node.push(call);
  const { record } = call;
  record?.expected();
  const { replicas, local } = options;
  if (
    taken &&
    open &&
    record !== undefined &&
    typeof replicas === 'number' &&
    local === undefined
  ) {
    const replicates = isAlwaysReplicated(call.spec, call.args.length);
    node.replication.wrote(record, replicas, connection, replicates);
  }
  return taken;
}

/**
 * {@link handOver} to the node that imports the slot: ASKING and the command,
 * back to back on one connection.
 */
export function handOverAsking(call: Call, node: ClusterNode): boolean {
  call.attempts += 1;
  call.node = node;
  if (openTraces !== 0) attemptBegins(call, node.label, true);
  if (call.blocks !== undefined) return handOverExclusive(call, node, true);
  if (call.scope !== undefined) {
    const { connection } = node;
    enlist(call, node, connection, true, connection);
  }
  if (call instanceof TransactionCall) {
    call.asking = true;
    return node.push(call);
  }
  const connections = call.readsReplica ? node.readers : node;
  const asking = askingRequest();
  if (connections.push(asking) && connections.push(call)) return true;
  // alone it would open the slot for whatever comes next
  connections.withdraw(asking);
  return false;
}

/**
 * {@link handOver} behind what has to run before it on the same connection:
 * one write, so nothing comes in between.
 *
 * @param load loads what the call needs; undefined where that is under way there
 * @param asking whether the node only imports the slot
 */
export function handOverLoading(
  call: Call,
  node: ClusterNode,
  load: Request | undefined,
  asking: boolean,
): boolean {
  if (call instanceof LeasedCall && call.lease !== undefined) {
    if (load !== undefined) call.lease.push(load);
    return handOver(call, node);
  }
  const connections = call.readsReplica ? node.readers : node;
  // ahead of ASKING, which is for the one command behind it
  if (load !== undefined && !connections.push(load)) return false;
  return asking ? handOverAsking(call, node) : handOver(call, node);
}

function handOverExclusive(
  call: Call,
  node: ClusterNode,
  asking: boolean,
): boolean {
  if (call instanceof LeasedCall) return handOverLeased(call, node);
  const ahead: Request[] = asking ? [askingRequest()] : [];
  if (call.scope !== undefined) {
    // the pool chooses the connection: what has to run before the call rides along
    const connection: WriteConnection = {
      send: (words) =>
        new Promise((resolve, reject) => {
          ahead.unshift(new RawRequest(words, Infinity, resolve, reject));
        }),
    };
    enlist(call, node, connection, asking);
  }
  const connections = call.readsReplica ? node.readers : node;
  return connections.pushExclusive(...ahead, call);
}

/** On the connection that its caller has leased. */
function handOverLeased(call: LeasedCall, node: ClusterNode): boolean {
  const { asking } = call;
  const lease = call.lease!;
  if (call.scope !== undefined) enlist(call, node, lease.connection, asking);
  call.startsBlocking();
  if (asking && !(call instanceof TransactionCall)) lease.push(askingRequest());
  return lease.push(call);
}

/**
 * Enters the attempt into the books of its replication scope.
 *
 * @param shared the connection, where it is the shared one
 */
function enlist(
  call: Call,
  node: ClusterNode,
  connection: WriteConnection,
  asking: boolean,
  shared?: SharedConnection,
): void {
  const { record: previous } = call;
  let { scope } = call;
  if (scope?.open === false) {
    // work that nobody awaited: where this is not the first attempt, the scope waits for it
    previous?.unknown();
    if (previous !== undefined) return;
    scope = scope.answering(node.replication.client);
  }
  if (scope === undefined) return;
  const identity = node.replication.identify(connection);
  call.record = scope.began(
    node.replication,
    call.slot,
    call.key,
    identity,
    asking,
    shared,
  );
  // only now: between two attempts the scope must not look finished
  previous?.rejected();
}

/** The one command ahead of which a node serves a slot it is importing. */
function askingRequest(): RawRequest {
  return new RawRequest(
    ['ASKING'],
    Infinity,
    () => {},
    () => {},
  );
}
