import { EXECUTE } from '../commands/command-host.js';
import type { Argument, CommandSpec } from '../commands/command-spec.js';
import type { CallSettings } from '../execution/call-settings.js';
import type { CommandPlan } from '../execution/command-plan.js';
import type { Executor } from '../execution/executor.js';
import type { NodeGroup } from '../execution/place.js';
import { commandsAt, type NodeTarget } from './at.js';
import { Commands, type UnknownCommand } from './commands.js';
import { explainWords } from './explain-words.js';
import type { NodeCommands } from './node-commands.js';
import type { NodeGroupCommands } from './node-group-commands.js';
import {
  runPipeline,
  type PipelineOptions,
  type SettledRepliesOf,
} from './pipeline.js';
import type {
  QueuedCommands,
  RepliesOf,
  WantedReplies,
} from './queued-commands.js';

/**
 * What runs on the whole cluster, under one set of call settings: the client
 * itself, and each view of it that `with` gives.
 *
 * @publicApi
 */
export abstract class ClusterCommands<
  Text extends string | Buffer = string,
> extends Commands<Text> {
  /** @internal */
  protected abstract readonly executor: Executor;
  /** @internal */
  protected abstract readonly settings: CallSettings;

  /**
   * Commands in one place, whatever their policy: `PING` at the owner of a key,
   * `INFO` of one replica.
   *
   * At a key or slot it is the primary that serves it: a call follows redirects
   * and failovers as routed ones do, and is refused when it has keys in other
   * slots. At a node it is that node and no other: a redirect is not followed,
   * it is the answer. A replica answers reads of its primary's keys (they may
   * be older), on a connection of their own.
   *
   * @param target `{ key }`, `{ slot }`, or `{ node: 'host:port' }`
   * @throws {ConfigurationError} for a target that makes no sense; (the call)
   *   for a node that is not in the topology
   * @throws {CrossSlotError} (the call) when its keys are not in the slot
   */
  at(target: NodeTarget): NodeCommands<Text>;
  /**
   * Commands on each node of a group, whatever their policy. A reply is an
   * object with the reply or the error of each node, by `host:port`; an error
   * of a node, even of all, rejects nothing. A node that cannot be reached is
   * an error at once, one that is silent when the time of the call is over.
   *
   * @param group `'primaries'`, `'replicas'`, or `'nodes'` (both)
   * @example
   * ```ts
   * for (const [node, size] of Object.entries(await client.at('nodes').dbsize())) {
   *   console.log(node, size instanceof Error ? size.message : size);
   * }
   * ```
   */
  at(group: NodeGroup): NodeGroupCommands<Text>;
  at(
    target: NodeTarget | NodeGroup,
  ): NodeCommands<Text> | NodeGroupCommands<Text> {
    return commandsAt(this.executor, this.settings, target);
  }

  /**
   * Tells where a command would go now, in what parts, and how its replies
   * would become one. Sends nothing and throws nothing: what `call` would
   * refuse has the reason in `refused`.
   *
   * @param words as for `call`
   *
   * @example
   * ```ts
   * const { target, parts, source } = client.explain('DEL', 'a', 'b');
   * ```
   */
  explain(...words: (Argument | UnknownCommand)[]): CommandPlan {
    return explainWords(this.executor, words, this.settings);
  }

  /**
   * Runs many commands together: each goes to its node, all nodes at once, and
   * the results come in the order of the calls. The commands on each key are
   * executed in that order, also when some of them are redirected or sent
   * again. It is no transaction: commands of others run in between, and one
   * that fails hinders no other.
   *
   * Splits work as they do elsewhere. A fan-out (`flushall`, `dbsize`) waits
   * for everything before it, and everything behind waits for it. Commands that
   * may block are refused. The time of a call is the time of the whole.
   *
   * @param callback queues the commands, and returns those replies that are
   *   wanted as an array; nothing for all. Must not be asynchronous
   * @param options.settle gives each result as `Promise.allSettled` does
   * @returns the results; `[]` where nothing was queued
   * @throws {PipelineError} when a command failed; holds how each one ended
   * @throws {ConfigurationError} (or `CrossSlotError`) naming the place of a
   *   command that cannot be run as asked; nothing was sent
   *
   * @example
   * ```ts
   * const [name, visits] = await client.pipeline((p) => [p.get('name'), p.incr('visits')]);
   * ```
   */
  pipeline<Wanted extends WantedReplies>(
    callback: (pipeline: QueuedCommands<Text>) => Wanted,
    options?: PipelineOptions & { readonly settle?: false },
  ): Promise<RepliesOf<Wanted>>;
  /**
   * The same, with the result of each command as `Promise.allSettled` gives
   * it. Rejects only when nothing was sent.
   */
  pipeline<Wanted extends WantedReplies>(
    callback: (pipeline: QueuedCommands<Text>) => Wanted,
    options: PipelineOptions & { readonly settle: true },
  ): Promise<SettledRepliesOf<Wanted>>;
  pipeline(
    callback: (pipeline: QueuedCommands<Text>) => WantedReplies,
    options?: PipelineOptions,
  ): Promise<any> {
    return runPipeline(this.executor, this.settings, callback, options);
  }

  /** @internal */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    return this.executor.execute(spec, args, this.settings);
  }
}
