import { EXECUTE } from '../commands/command-host.js';
import type { Argument, CommandSpec } from '../commands/command-spec.js';
import type { CallSettings } from '../execution/call-settings.js';
import type { CommandPlan } from '../execution/command-plan.js';
import type { Executor } from '../execution/executor.js';
import { Commands, type UnknownCommand } from './commands.js';
import { explainWords } from './explain-words.js';
import type { NodeGroup } from '../execution/place.js';
import { commandsAt, type NodeTarget } from './at.js';
import type { NodeCommands } from './node-commands.js';
import type { NodeGroupCommands } from './node-group-commands.js';

/** The client's commands with other settings; see `RedisClusterClient.with`. @publicApi */
export class CommandView<
  Text extends string | Buffer = string,
> extends Commands<Text> {
  /** @internal */
  constructor(
    private readonly executor: Executor,
    private readonly settings: CallSettings,
  ) {
    super();
  }

  /** As `RedisClusterClient.explain`, with the settings of this view. */
  explain(...words: (Argument | UnknownCommand)[]): CommandPlan {
    return explainWords(this.executor, words, this.settings);
  }

  /** As `RedisClusterClient.at`, with the settings of this view. */
  at(target: NodeTarget): NodeCommands<Text>;
  /** As `RedisClusterClient.at`, with the settings of this view. */
  at(group: NodeGroup): NodeGroupCommands<Text>;
  at(
    target: NodeTarget | NodeGroup,
  ): NodeCommands<Text> | NodeGroupCommands<Text> {
    return commandsAt(this.executor, this.settings, target);
  }

  /** @internal */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    return this.executor.execute(spec, args, this.settings);
  }
}
