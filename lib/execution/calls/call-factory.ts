import {
  CommandFlag,
  type Argument,
  type CommandSpec,
} from '../../commands/command-spec.js';
import { openScopes } from '../../replication/scope/open-scopes.js';
import { ReplicationScope } from '../../replication/scope/replication-scope.js';
import { clock } from '../../time/clock.js';
import { blockingTimeoutMs } from './blocking.js';
import { Call, type CallReject, type CallResolve } from './call.js';
import type { CallRunner } from './call-runner.js';
import type { CallSettings } from './call-settings.js';
import type { ClusterNodes } from '../cluster-nodes.js';
import type { ReadPolicy } from '../reads/read-policy.js';
import { formatOf } from './reply-shape.js';
import { rejectPart, resolvePart } from './settle-part.js';

/** Makes calls of commands, and starts them. */
export class CallFactory {
  /** @param client identifies the client to replication scopes */
  constructor(
    private readonly runner: CallRunner,
    private readonly client: object,
    private readonly nodes: ClusterNodes,
  ) {}

  /** A call; `startedAt` is when the caller made it, if that was before. */
  newCall(
    spec: CommandSpec,
    args: readonly Argument[],
    slot: number,
    resolve: CallResolve,
    reject: CallReject,
    settings: CallSettings,
    startedAt = clock.now,
  ): Call {
    const blocks = blockingTimeoutMs(spec, args);
    const call = new Call(
      this.runner,
      spec,
      args,
      slot,
      resolve,
      reject,
      formatOf(spec, settings.format),
      startedAt,
      startedAt + settings.timeoutMs + (blocks ?? 0),
    );
    call.blocks = blocks;
    if (openScopes !== 0) this.joinScope(call);
    if (settings.readFrom !== undefined && slot !== -1) {
      this.routeRead(call, settings.readFrom);
    }
    return call;
  }

  /** A call that answers to its whole. */
  newPart(
    spec: CommandSpec,
    args: readonly Argument[],
    slot: number,
    settings: CallSettings,
    startedAt?: number,
  ): Call {
    return this.newCall(
      spec,
      args,
      slot,
      resolvePart,
      rejectPart,
      settings,
      startedAt,
    );
  }

  /** A write belongs to the scope it is called in. */
  joinScope(call: Call): void {
    if (!call.mayWrite) return;
    call.scope = ReplicationScope.current(this.client);
  }

  /**
   * Lets a policy choose where a call reads, if it does nothing else. What was
   * written in a scope is read there from the primary: a replica may not have
   * it yet.
   */
  routeRead(call: Call, policy: ReadPolicy): void {
    if ((call.spec.flags & CommandFlag.ReplicaRead) === 0) return;
    if (openScopes !== 0 && this.wasWrittenInScope(call.slot)) return;
    call.reads = policy;
  }

  private wasWrittenInScope(slot: number): boolean {
    const { nodes, client } = this;
    return ReplicationScope.hasWritten(
      client,
      slot,
      nodes.owners[slot]?.label,
      (address) => nodes.ownsSlots(address),
    );
  }

  /** Sends calls that one signal ends. */
  start(calls: readonly Call[], signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.listen(calls, signal);
    for (const call of calls) this.runner.dispatch(call);
  }

  /** Which nodes there are is known only with the topology; waiting for it is part of the call's time. */
  primariesKnown(
    spec: CommandSpec,
    settings: CallSettings,
    startedAt: number,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const gate = this.newCall(
        spec,
        [],
        -1,
        resolve,
        reject,
        settings,
        startedAt,
      );
      if (settings.signal !== undefined) this.listen([gate], settings.signal);
      this.runner.awaitPrimaries(gate);
    });
  }

  private listen(calls: readonly Call[], signal: AbortSignal): void {
    let left = calls.length;
    const abort = (): void => {
      for (const call of calls) this.runner.withdraw(call, signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    for (const call of calls) {
      call.onSettled = () => {
        left -= 1;
        if (left === 0) signal.removeEventListener('abort', abort);
      };
    }
  }
}
