import { EXECUTE } from '../commands/command-host.js';
import type { Argument, CommandSpec } from '../commands/command-spec.js';
import { Commands } from './commands.js';

/**
 * Commands that run in one place, whatever their policy; see
 * `RedisClusterClient.at`.
 *
 * @publicApi
 */
export class NodeCommands<
  Text extends string | Buffer = string,
> extends Commands<Text, 'node'> {
  /** @internal */
  constructor(
    private readonly run: (spec: CommandSpec, args: Argument[]) => Promise<any>,
  ) {
    super();
  }

  /** @internal */
  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    return this.run(spec, args);
  }
}
