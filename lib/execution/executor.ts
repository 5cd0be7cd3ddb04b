import type { Argument, CommandSpec } from '../commands/command-spec.js';
import { findCommand, type FoundCommand } from '../commands/command-table.js';
import { ClosedError } from '../errors/closed-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import { openScopes } from '../replication/ambient-scope.js';
import { ReplicationScope } from '../replication/replication-scope.js';
import { keySlot } from '../routing/key-slot.js';
import { planCommand, type Plan } from '../routing/plan.js';
import { clock } from '../time/clock.js';
import { blockingTimeoutMs } from './blocking.js';
import { Call, type CallReject, type CallResolve } from './call.js';
import type { CallRunner } from './call-runner.js';
import type { CallSettings } from './call-settings.js';
import type { ClusterNode } from './cluster-node.js';
import type { ClusterNodes } from './cluster-nodes.js';
import { explainCommand, type CommandPlan } from './command-plan.js';
import { CommandLearner, type Answer } from './command-learner.js';
import { FanOut, rejectPart, resolvePart, type Settle } from './fan-out.js';
import { UnknownCommands } from './unknown-commands.js';

/** What the executor needs from the cluster around it. */
export interface ExecutorCluster {
  readonly nodes: ClusterNodes;
  /** Identifies the client to replication scopes. */
  readonly client: object;
  /** The settings of the client itself, for questions of its own. */
  readonly settings: CallSettings;
  readonly topologyVersion: number;
  /** A fan-out left a replica out. */
  skipped(node: ClusterNode, command: string, cause: Error): void;
}

// A promise's executor runs at once: one function for all calls takes the two
// settlers out, where a closure per call would be one allocation more.
let lastResolve: (reply: any) => void;
let lastReject: (error: Error) => void;
const capture = (
  resolve: (reply: unknown) => void,
  reject: (error: Error) => void,
): void => {
  lastResolve = resolve;
  lastReject = reject;
};

/** Turns commands into calls: one, or the parts of a split or fan-out. */
export class Executor {
  /** What the servers say of their commands. */
  readonly learner: CommandLearner;
  protected readonly unknownCommands: UnknownCommands;
  private refusesCalls = false;

  constructor(
    private readonly cluster: ExecutorCluster,
    private readonly runner: CallRunner,
  ) {
    this.learner = new CommandLearner(
      (words) => this.ask(words, cluster.settings),
      () => cluster.topologyVersion,
    );
    this.unknownCommands = new UnknownCommands(this.learner, {
      run: ({ spec, args }, settings, settle) =>
        this.executeLearned(spec, args, settings, settle),
      runAt: (node, { spec, args }, settings, { resolve, reject }) =>
        this.startAt(node, spec, args, settings, resolve, reject),
      ask: async (words, settings) => {
        const { reply } = await this.ask(words, { ...settings, binary: true });
        return reply;
      },
    });
  }

  /** Refuses new calls; those under way go on. */
  close(): void {
    this.refusesCalls = true;
  }

  /**
   * Runs one command.
   *
   * @param args the arguments behind the command's words; the executor's from here on
   */
  execute(
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    if (this.refusesCalls) return refuse(spec);
    const promise = new Promise<unknown>(capture);
    if (
      spec.plain &&
      spec.firstKey < args.length &&
      settings.signal === undefined
    ) {
      const now = clock.now;
      const call = new Call(
        this.runner,
        spec,
        args,
        keySlot(args[spec.firstKey] as string),
        lastResolve,
        lastReject,
        settings.binary || spec.binaryReply,
        now,
        now + settings.timeoutMs,
      );
      if (openScopes !== 0) this.joinScope(call);
      this.runner.dispatch(call);
    } else {
      const settle = { resolve: lastResolve, reject: lastReject };
      this.executePlanned(spec, args, settings, settle);
    }
    return promise;
  }

  /** Runs one command on one node, whatever its policy. */
  executeAt(
    node: ClusterNode,
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    if (this.refusesCalls) return refuse(spec);
    return new Promise((resolve, reject) => {
      this.startAt(node, spec, args, settings, resolve, reject);
    });
  }

  /** What {@link execute} would do. */
  explain(command: FoundCommand, settings: CallSettings): CommandPlan {
    const { nodes } = this.cluster;
    return explainCommand(command, { nodes, learner: this.learner }, settings);
  }

  private startAt(
    node: ClusterNode,
    spec: CommandSpec,
    args: readonly Argument[],
    settings: CallSettings,
    resolve: CallResolve,
    reject: CallReject,
  ): void {
    const call = this.newCall(spec, args, -1, resolve, reject, settings);
    call.fixedNode = node;
    this.start([call], settings.signal);
  }

  /** Asks some primary, which is told with its reply. */
  private ask(
    words: readonly Argument[],
    settings: CallSettings,
  ): Promise<Answer> {
    const { spec, args } = findCommand(words)!;
    return new Promise((resolve, reject) => {
      const call = this.newCall(
        spec,
        args,
        -1,
        function (reply) {
          resolve({ reply, node: this.node! });
        },
        reject,
        settings,
      );
      this.start([call], settings.signal);
    });
  }

  /** Runs a command that the servers described. */
  protected executeLearned(
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
    settle: Settle,
  ): void {
    this.executePlanned(spec, args, settings, settle);
  }

  private executePlanned(
    tableSpec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
    settle: Settle,
  ): void {
    if (tableSpec.source === 'unknown') {
      const command = { spec: tableSpec, args };
      this.unknownCommands.execute(command, settings, settle);
      return;
    }
    const spec = this.learner.over(tableSpec);
    let plan: Plan;
    try {
      settings.signal?.throwIfAborted();
      plan = planCommand(spec, args, settings.nonAtomicCrossSlot);
    } catch (error) {
      settle.reject(error as Error);
      return;
    }
    if (plan.kind === 'fanOut') {
      this.fanOut(spec, args, plan.target, settings, settle);
    } else if (plan.kind === 'split') {
      const split = new FanOut(spec, plan.parts, settle, clock.now);
      for (const part of plan.parts) {
        split.add(this.newPart(spec, part.args, part.slot, settings));
      }
      this.start(split.parts, settings.signal);
    } else {
      const slot = plan.kind === 'slot' ? plan.slot : -1;
      const { resolve, reject } = settle;
      const call = this.newCall(spec, args, slot, resolve, reject, settings);
      this.start([call], settings.signal);
    }
  }

  private fanOut(
    spec: CommandSpec,
    args: Argument[],
    target: 'primaries' | 'nodes',
    settings: CallSettings,
    settle: Settle,
    startedAt = clock.now,
  ): void {
    const { nodes } = this.cluster;
    const primaries = nodes.primaries();
    if (primaries.length === 0) {
      // the promise's continuation is still inside the caller's scope
      this.primariesKnown(spec, settings, startedAt)
        .then(() => {
          settings.signal?.throwIfAborted();
          this.fanOut(spec, args, target, settings, settle, startedAt);
        })
        .catch(settle.reject);
      return;
    }
    const fanOut = new FanOut(spec, undefined, settle, startedAt);
    for (const { slot } of primaries) {
      // by a slot of the shard, so that a promoted replica answers for it
      fanOut.add(this.newPart(spec, args, slot, settings, startedAt));
    }
    if (target === 'nodes') {
      for (const { node, healthy } of nodes.replicas()) {
        if (!healthy) {
          this.cluster.skipped(node, spec.name, knownToHaveFailed(node));
          continue;
        }
        const part = this.newPart(spec, args, -1, settings, startedAt);
        part.fixedNode = node;
        fanOut.add(part);
      }
    }
    this.start(fanOut.parts, settings.signal);
  }

  /** Which nodes there are is known only with the topology; waiting for it is part of the call's time. */
  private primariesKnown(
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

  private newCall(
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
      settings.binary || spec.binaryReply,
      startedAt,
      startedAt + settings.timeoutMs + (blocks ?? 0),
    );
    call.blocks = blocks;
    if (openScopes !== 0) this.joinScope(call);
    return call;
  }

  private newPart(
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

  private joinScope(call: Call): void {
    if (!call.mayWrite) return;
    call.scope = ReplicationScope.current(this.cluster.client);
  }

  private start(calls: readonly Call[], signal: AbortSignal | undefined): void {
    if (signal !== undefined) this.listen(calls, signal);
    for (const call of calls) this.runner.dispatch(call);
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

function refuse({ name }: CommandSpec): Promise<never> {
  return Promise.reject(
    new ClosedError(`${name}: the client is closed`, { command: name }),
  );
}

function knownToHaveFailed({ label }: ClusterNode): ConnectionError {
  return new ConnectionError(`The cluster says that ${label} has failed`, {
    node: label,
  });
}
