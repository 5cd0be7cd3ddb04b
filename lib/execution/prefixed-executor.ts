import type { Argument, CommandSpec, Key } from '../commands/command-spec.js';
import type { FoundCommand } from '../commands/command-table.js';
import { keysAreSpecified } from '../commands/live-commands.js';
import { KeyPrefix } from '../routing/key-prefix.js';
import type { CallRunner } from './calls/call-runner.js';
import type { CallSettings } from './calls/call-settings.js';
import { currentCommand, type CommandPlan } from './command-plan.js';
import { Executor, type ExecutorCluster } from './executor.js';
import type { Settle } from './fan-outs/fan-out.js';
import type { Answer } from './question.js';
import type { ExclusiveSession } from './transactions/exclusive-session.js';
import type { RouteChoice } from './transactions/transaction-plan.js';
import type { TransactionReplies } from './transactions/transactions.js';
import type { NodeGroup, NodeReplies, Place } from './fan-outs/place.js';

/**
 * The executor of a client with a key prefix. A class of its own, so that a
 * client without one does not even ask.
 */
export class PrefixedExecutor extends Executor {
  private readonly prefix: KeyPrefix;

  constructor(cluster: ExecutorCluster, runner: CallRunner, prefix: string) {
    super(cluster, runner);
    this.prefix = new KeyPrefix(prefix);
  }

  override execute(
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    // its keys are not known yet: see executeLearned
    if (spec.source === 'unknown') return super.execute(spec, args, settings);
    const known = this.prefixed(this.learner.over(spec), args);
    return super.execute(known.spec, known.args, settings);
  }

  override executeAt(
    place: Place,
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    return this.whenKnown(spec, args, settings, (known, left) =>
      super.executeAt(place, known.spec, known.args, left),
    );
  }

  override executeOnEach(
    group: NodeGroup,
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<NodeReplies<unknown>> {
    return this.whenKnown(spec, args, settings, (known, left) =>
      super.executeOnEach(group, known.spec, known.args, left),
    );
  }

  override executeTelling(
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<Answer> {
    const known = this.prefixed(spec, args);
    return super.executeTelling(known.spec, known.args, settings);
  }

  protected override wireCommand(
    spec: CommandSpec,
    args: Argument[],
  ): FoundCommand {
    return this.prefixed(this.learner.over(spec), args);
  }

  override executeTransaction(
    commands: readonly FoundCommand[],
    choice: RouteChoice | undefined,
    settings: CallSettings,
    session?: ExclusiveSession,
  ): Promise<TransactionReplies> {
    const prefixed = commands.map(({ spec, args }) =>
      this.prefixed(this.learner.over(spec), args),
    );
    return super.executeTransaction(prefixed, choice, settings, session);
  }

  override executeIn(
    session: ExclusiveSession,
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    return this.whenKnown(spec, args, settings, (known, left) =>
      super.executeIn(session, known.spec, known.args, left),
    );
  }

  override wireKey(key: Key): Key {
    return this.prefix.before(key);
  }

  override wirePattern(pattern: string | Buffer): string | Buffer {
    return this.prefix.beforePattern(pattern);
  }

  override explain(command: FoundCommand, settings: CallSettings): CommandPlan {
    const { spec, args } = currentCommand(command, this.learner);
    const hidden = command.spec.source === 'unknown' && !keysAreSpecified(spec);
    return spec.source === 'unknown' || hidden
      ? super.explain(command, settings)
      : super.explain(this.prefixed(spec, [...args]), settings);
  }

  protected override executeLearned(
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
    settle: Settle,
  ): void {
    const known = this.prefixed(spec, args);
    super.executeLearned(known.spec, known.args, settings, settle);
  }

  /** Where its keys are must be known before it is sent to the place the caller chose. */
  private whenKnown<T>(
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
    run: (command: FoundCommand, settings: CallSettings) => Promise<T>,
  ): Promise<T> {
    if (spec.source !== 'unknown') {
      return run(this.prefixed(this.learner.over(spec), args), settings);
    }
    return new Promise<T>((resolve, reject) => {
      const settle = { resolve: resolve as Settle['resolve'], reject };
      this.unknownCommands.execute(
        { spec, args },
        settings,
        settle,
        (found, left) => {
          const known = this.prefixed(found.spec, found.args);
          run(known, left).then(resolve, reject);
        },
      );
    });
  }

  private prefixed(spec: CommandSpec, args: Argument[]): FoundCommand {
    return {
      spec: this.prefix.specOf(spec),
      args: this.prefix.apply(spec, args),
    };
  }
}
