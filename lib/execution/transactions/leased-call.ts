import type { Argument, CommandSpec } from '../../commands/command-spec.js';
import type { Lease } from '../../connection/lease.js';
import type { RequestSink } from '../../connection/request.js';
import { blockedFromNow } from '../calls/blocked-time.js';
import { Call, type CallReject, type CallResolve } from '../calls/call.js';
import type { ClusterNode } from '../cluster-node.js';

/** They are for the connection alone, and are lost with it. */
const OF_THE_CONNECTION = new Set(['UNWATCH', 'WAIT', 'WAITAOF', 'WATCH']);

/** A call on a connection that its caller has leased: it goes there, or nowhere. */
export class LeasedCall extends Call {
  /** Whether its node only imports the slot, so that ASKING goes ahead. */
  asking = false;

  constructor(
    sink: RequestSink<any>,
    spec: CommandSpec,
    args: readonly Argument[],
    slot: number,
    resolve: CallResolve,
    reject: CallReject,
    format: number,
    startedAt: number,
    deadline: number,
    /** Undefined for a transaction on a shared connection. */
    readonly lease: Lease | undefined,
  ) {
    super(sink, spec, args, slot, resolve, reject, format, startedAt, deadline);
  }

  /** Binds it to the lease's node; it is sent on no other connection, and no other way. */
  bind(node: ClusterNode, blocks: number | undefined, asking: boolean): void {
    this.fixedNode = node;
    this.staysThere = true;
    this.failsWhenLost = true;
    // defined: what rides no shared connection
    this.blocks = blocks ?? 0;
    this.asking = asking;
  }

  override get readOnly(): boolean {
    return super.readOnly || OF_THE_CONNECTION.has(this.spec.name);
  }

  startsBlocking(): void {
    blockedFromNow(this);
  }
}
