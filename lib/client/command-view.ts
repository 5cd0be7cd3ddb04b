import { EXECUTE } from '../commands/command-host.js';
import type { Argument, CommandSpec } from '../commands/command-spec.js';
import type { CallSettings } from '../execution/call-settings.js';
import type { CommandPlan } from '../execution/command-plan.js';
import type { Executor } from '../execution/executor.js';
import { Commands, type UnknownCommand } from './commands.js';
import { explainWords } from './explain-words.js';

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

  /** @internal */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    return this.executor.execute(spec, args, this.settings);
  }
}
