import type { CallSettings } from '../execution/calls/call-settings.js';
import type { Executor } from '../execution/executor.js';
import { ClusterCommands } from './cluster-commands.js';

/** The client's commands with other settings; see `RedisClusterClient.with`. @publicApi */
export class CommandView<
  Text extends string | Buffer = string,
> extends ClusterCommands<Text> {
  /** @internal */
  constructor(
    /** @internal */
    protected readonly executor: Executor,
    /** @internal */
    protected readonly settings: CallSettings,
  ) {
    super();
  }
}
