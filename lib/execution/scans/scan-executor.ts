import type {
  Argument,
  CommandSpec,
  Key,
} from '../../commands/command-spec.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { Answer } from '../question.js';
import type { NodeGroup, NodeReplies, Place } from '../fan-outs/place.js';

/** What a scan needs of the executor. */
export interface ScanExecutor {
  executeAt(
    place: Place,
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<unknown>;
  executeOnEach(
    group: NodeGroup,
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<NodeReplies<unknown>>;
  /** Runs one command of one key, and tells which node answered. */
  executeTelling(
    spec: CommandSpec,
    args: Argument[],
    settings: CallSettings,
  ): Promise<Answer>;
  /** A key as it stands on the wire. */
  wireKey(key: Key): Key;
  /** A pattern of keys as it stands on the wire. */
  wirePattern(pattern: string | Buffer): string | Buffer;
  /**
   * Asks for the topology, and resolves when something has changed, or after
   * `timeoutMs`.
   *
   * @param doubted nodes that are behind the times: others are asked
   */
  nextTopology(timeoutMs: number, doubted: readonly string[]): Promise<void>;
}
