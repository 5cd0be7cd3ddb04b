import { EXECUTE } from '../commands/command-host.js';
import type { Argument, CommandSpec } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { CallSettings } from '../execution/call-settings.js';
import type { ClusterNode } from '../execution/cluster-node.js';
import type { Executor } from '../execution/executor.js';
import { Commands } from './commands.js';

/** Commands that run on one node, whatever their policy; see `RedisClusterClient.at`. @publicApi */
export class NodeCommands extends Commands<string, 'node'> {
  /** @internal */
  constructor(
    private readonly executor: Executor,
    private readonly settings: CallSettings,
    private readonly findNode: () => Promise<ClusterNode>,
  ) {
    super();
  }

  /** @internal */
  async [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<any> {
    if (spec.refused !== undefined && !spec.oneNode) {
      throw new ConfigurationError(spec.refused, {
        command: spec.name,
      });
    }
    const node = await this.findNode();
    return this.executor.executeAt(node, spec, args, this.settings);
  }
}
