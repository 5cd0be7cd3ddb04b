import { CommandFlag } from '../../commands/command-spec.js';
import { ClosedError } from '../../errors/closed-error.js';
import type { Connection } from '../../connection/connection.js';
import { Call } from './call.js';
import type { ClusterNode } from '../cluster-node.js';
import { LeasedCall } from '../transactions/leased-call.js';
import { closed } from './final-errors.js';

/** How long the server may take to say what became of a blocking command that is taken back, in milliseconds. */
const GRACE_MS = 1_000;

/** How long all of them together hold up a client that closes: a new connection, and a round trip on it. */
const CLOSING_MS = 500;

/** Between two attempts; the first may overtake the command that it is to end. */
const RETRY_MS = 5;

/** Whether a server may be blocked by a call right now. */
export function isBlocking(call: Call): boolean {
  return (
    (call.spec.flags & CommandFlag.Blocking) !== 0 &&
    call.blocks !== undefined &&
    call.node?.exclusiveCarrierOf(call) !== undefined
  );
}

/**
 * Ends a blocking command whose caller took it back, so that nothing it may
 * have popped is lost: the server is asked to end it (CLIENT UNBLOCK), and its
 * reply tells which came first. Closing the socket would throw away an element
 * that is already under way.
 *
 * Where the server does not answer in time, or may not be asked, the socket is
 * closed after all, and the outcome is unknown.
 */
export async function endBlocking(
  call: Call,
  node: ClusterNode,
): Promise<void> {
  const giveUpAt = performance.now() + GRACE_MS;
  let ended: Connection | undefined;
  while (!call.settled) {
    const connection = node.exclusiveCarrierOf(call);
    const left = giveUpAt - performance.now();
    if (connection === undefined || left <= 0) {
      node.withdraw(call);
      break;
    }
    // in RESP2 a fresh connection learns its id behind its first commands
    if (
      ended === undefined &&
      connection.clientId !== undefined &&
      (await unblock(connection, connection.clientId, node, left))
    ) {
      ended = connection;
    }
    await new Promise((resolve) => {
      setTimeout(resolve, RETRY_MS);
    });
  }
  if (ended === undefined) return;
  // A pause of writes may have held it back: then Redis 7.0 runs it when the
  // pause is over, although it said UNBLOCKED, and what it pops would be lost.
  // The connection of a caller's own stays his all the same.
  if (call instanceof LeasedCall) ended.resume();
  else ended.destroy(new ClosedError('A command on it was taken back'));
}

/**
 * Ends every blocking command that a node runs, since the client closes, and
 * waits until it is known how; within a time that a closing client has.
 */
export async function endAllBlocking(
  nodes: Iterable<ClusterNode>,
): Promise<void> {
  const ends: Promise<void>[] = [];
  for (const node of nodes) {
    for (const request of node.exclusiveInFlight()) {
      if (!(request instanceof Call) || !isBlocking(request)) continue;
      request.abortReason ??= closed(request);
      ends.push(endBlocking(request, node));
    }
  }
  if (ends.length === 0) return;
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSING_MS);
  });
  await Promise.race([Promise.all(ends), timeUp]);
  clearTimeout(timer);
}

/** Whether the server ended it; then nothing more is sent on the connection. */
async function unblock(
  connection: Connection,
  clientId: number,
  node: ClusterNode,
  timeoutMs: number,
): Promise<boolean> {
  const words = ['CLIENT', 'UNBLOCK', clientId, 'ERROR'];
  // one that comes late would end the command that has the connection next
  connection.hold();
  try {
    const ended = await node.connection.command(words, timeoutMs);
    if (ended === 1) return true;
    connection.resume();
  } catch (error) {
    connection.destroy(error as Error);
  }
  return false;
}
