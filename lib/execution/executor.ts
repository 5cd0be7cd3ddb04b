import type { Argument, CommandSpec, Key } from '../commands/command-spec.js';
import type { FoundCommand } from '../commands/command-table.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { openScopes } from '../replication/scope/open-scopes.js';
import { keySlot } from '../routing/key-slot.js';
import { formOf, planCommand, type Plan } from '../routing/plan.js';
import { clock } from '../time/clock.js';
import { Call } from './calls/call.js';
import { CallFactory } from './calls/call-factory.js';
import type { CallRunner } from './calls/call-runner.js';
import type { CallSettings } from './calls/call-settings.js';
import { CommandLearner } from './learning/command-learner.js';
import { explainCommand, type CommandPlan } from './command-plan.js';
import { askAny, askOwner, type Answer } from './question.js';
import { UnknownCommands } from './learning/unknown-commands.js';
import type { Settle } from './fan-outs/fan-out.js';
import { FanOutRunner, refusedByClosed } from './fan-outs/fan-out-runner.js';
import type { NodeGroup, NodeReplies, Place } from './fan-outs/place.js';
import type { ReplyError } from '../errors/reply-error.js';
import {
  ExclusiveRunner,
  type SessionWish,
} from './transactions/exclusive-runner.js';
import type { ExclusiveSession } from './transactions/exclusive-session.js';
import { LeasedCallSink } from './transactions/leased-call-sink.js';
import type { RouteChoice } from './transactions/transaction-plan.js';
import {
  Transactions,
  type TransactionReplies,
} from './transactions/transactions.js';
import { formatOf } from './calls/reply-shape.js';
import type {
  PipelineCluster,
  QueuedCommand,
} from './pipelines/pipeline-plan.js';
import { PipelineRunner } from './pipelines/pipeline-runner.js';
import type { PipelineOutcome } from './pipelines/pipeline.js';
import { PlacedRunner } from './fan-outs/placed-runner.js';
import type { ScanExecutor } from './scans/scan-executor.js';

/** What the executor needs from the cluster around it. */
export interface ExecutorCluster extends PipelineCluster {
  /** Identifies the client to replication scopes. */
  readonly client: object;
  /** The settings of the client itself, for questions of its own. */
  readonly settings: CallSettings;
  readonly topologyVersion: number;
  /** Something hints at a change of the topology. */
  refreshSoon(doubted?: string): void;
  /** Resolves at the next change of topology or connections, or after `timeoutMs`. */
  nextChange(timeoutMs: number): Promise<void>;
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
export class Executor implements ScanExecutor {
  /** What the servers say of their commands. */
  readonly learner: CommandLearner;
  protected readonly unknownCommands: UnknownCommands;
  private refusesCalls = false;

  private readonly calls: CallFactory;
  private readonly fanOuts: FanOutRunner;
  private readonly placed: PlacedRunner;
  private readonly pipelines: PipelineRunner;
  private readonly transactions: Transactions;
  private readonly exclusive: ExclusiveRunner;

  constructor(
    private readonly cluster: ExecutorCluster,
    private readonly runner: CallRunner,
  ) {
    this.calls = new CallFactory(runner, cluster.client, cluster.nodes);
    this.fanOuts = new FanOutRunner(cluster, this.calls);
    this.placed = new PlacedRunner(cluster.nodes, this.calls);
    const sink = new LeasedCallSink(runner);
    this.transactions = new Transactions(this.calls, sink);
    this.exclusive = new ExclusiveRunner(
      cluster.nodes,
      this.calls,
      this.placed,
      runner,
      sink,
      this.transactions,
    );
    this.learner = new CommandLearner(
      (words) => askAny(this.calls, words, cluster.settings),
      () => cluster.topologyVersion,
    );
    this.unknownCommands = new UnknownCommands(
      this.learner,
      this.calls,
      ({ spec, args }, settings, settle) =>
        this.executeLearned(spec, args, settings, settle),
    );
    this.pipelines = new PipelineRunner(cluster, {
      runner,
      calls: this.calls,
      fanOuts: this.fanOuts,
      unknownCommands: this.unknownCommands,
      wireCommand: (spec, args) => this.wireCommand(spec, args),
    });
  }

  /**
   * Runs commands together: all nodes at once, the commands on each key in
   * their order.
   *
   * @returns how each ended; rejects only when nothing was sent
   */
  executePipeline(
    commands: readonly QueuedCommand[],
    settings: CallSettings,
  ): Promise<PipelineOutcome> {
    return this.refusesCalls
      ? Promise.reject(refusedByClosed({ name: 'PIPELINE' }))
      : this.pipelines.run(commands, settings);
  }

  /** Refuses new calls; those under way go on. */
  close(): void {
    this.refusesCalls = true;
    this.fanOuts.close();
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
      settings.signal === undefined &&
      !this.learner.changesPlain
    ) {
      const now = clock.now;
      const call = new Call(
        this.runner,
        spec,
        args,
        keySlot(args[spec.firstKey] as string),
        lastResolve,
        lastReject,
        formatOf(spec, settings.format),
        now,
        now + settings.timeoutMs,
      );
      if (openScopes !== 0) this.calls.joinScope(call);
      if (settings.readFrom !== undefined) {
        this.calls.routeRead(call, settings.readFrom);
      }
      this.runner.dispatch(call);
    } else {
      const settle = { resolve: lastResolve, reject: lastReject };
      this.executePlanned(spec, args, settings, settle);
    }
    return promise;
  }

  /** Runs one command in one place, whatever its policy. */
  executeAt(
    place: Place,
    spec: CommandSpec,
    args: readonly Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    return (
      this.refusalAnywhere(spec) ??
      this.placed.runAt(place, spec, args, settings)
    );
  }

  /** Runs one command of one key, and tells which node answered. */
  executeTelling(
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<Answer> {
    if (this.refusesCalls) return refuse(spec);
    return settings.signal?.aborted === true
      ? Promise.reject(settings.signal.reason as Error)
      : askOwner(this.calls, spec, args, settings);
  }

  /** Runs one command on each node of a group, whatever its policy. */
  executeOnEach(
    group: NodeGroup,
    spec: CommandSpec,
    args: readonly Argument[],
    settings: CallSettings,
  ): Promise<NodeReplies<unknown>> {
    return (
      this.refusalAnywhere(spec) ??
      this.placed.runOnEach(group, spec, args, settings)
    );
  }

  /** Runs commands as one transaction; see {@link Transactions.run}. */
  async executeTransaction(
    commands: readonly FoundCommand[],
    choice: RouteChoice | undefined,
    settings: CallSettings,
    session?: ExclusiveSession,
  ): Promise<TransactionReplies> {
    // what has a connection of its own may finish its work
    if (this.refusesCalls && session === undefined) {
      throw refusedByClosed({ name: 'EXEC' });
    }
    const known = commands.map(({ spec, args }) => ({
      spec: this.learner.over(spec),
      args,
    }));
    return this.transactions.run(known, choice, settings, session);
  }

  /** Opens a connection of the caller's own. */
  async openSession(
    wish: SessionWish,
    settings: CallSettings,
  ): Promise<ExclusiveSession> {
    if (this.refusesCalls) {
      throw refusedByClosed({ name: 'an exclusive connection' });
    }
    return this.exclusive.open(wish, settings);
  }

  /** Runs one command on the caller's own connection. */
  executeIn(
    session: ExclusiveSession,
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    return this.exclusive.run(session, spec, args, settings);
  }

  /** Where a redirect leads that a caller's own connection met. */
  learnRedirect(
    error: ReplyError,
    session: ExclusiveSession,
  ): ReturnType<CallRunner['learnRedirect']> {
    return this.runner.learnRedirect(error.message, session.node.address);
  }

  /** What {@link execute} would do. */
  explain(command: FoundCommand, settings: CallSettings): CommandPlan {
    const { nodes } = this.cluster;
    return explainCommand(command, { nodes, learner: this.learner }, settings);
  }

  /** A known command as it goes out. */
  protected wireCommand(spec: CommandSpec, args: Argument[]): FoundCommand {
    return { spec: this.learner.over(spec), args };
  }

  /** A key as it stands on the wire. */
  wireKey(key: Key): Key {
    return key;
  }

  /** A pattern of keys as it stands on the wire. */
  wirePattern(pattern: string | Buffer): string | Buffer {
    return pattern;
  }

  /** Asks for the topology, and resolves when something has changed, or after `timeoutMs`. */
  nextTopology(timeoutMs: number, doubted: readonly string[]): Promise<void> {
    for (const address of doubted) this.cluster.refreshSoon(address);
    this.cluster.refreshSoon();
    return this.cluster.nextChange(timeoutMs);
  }

  private refusalAnywhere(spec: CommandSpec): Promise<never> | undefined {
    if (this.refusesCalls) return refuse(spec);
    return spec.refused === undefined || spec.oneNode
      ? undefined
      : Promise.reject(
          new ConfigurationError(spec.refused, { command: spec.name }),
        );
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
    const spec = formOf(this.learner.over(tableSpec), args);
    let plan: Plan;
    try {
      settings.signal?.throwIfAborted();
      plan = planCommand(spec, args, settings.nonAtomicCrossSlot);
    } catch (error) {
      settle.reject(error as Error);
      return;
    }
    if (plan.kind === 'fanOut') {
      this.fanOuts.fanOut(spec, args, plan.target, settings, settle);
    } else if (plan.kind === 'split') {
      this.fanOuts.split(spec, plan.parts, settings, settle);
    } else {
      const slot = plan.kind === 'slot' ? plan.slot : -1;
      const { resolve, reject } = settle;
      const call = this.calls.newCall(
        spec,
        args,
        slot,
        resolve,
        reject,
        settings,
      );
      this.calls.start([call], settings.signal);
    }
  }
}

function refuse(spec: CommandSpec): Promise<never> {
  return Promise.reject(refusedByClosed(spec));
}
