import { EXECUTE } from '../commands/command-host.js';
import type { Argument, CommandSpec } from '../commands/command-spec.js';
import type { CallSettings } from '../execution/call-settings.js';
import type { Executor } from '../execution/executor.js';
import { Commands } from './commands.js';

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

  /** @internal */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    return this.executor.execute(spec, args, this.settings);
  }
}
