import {
  EXECUTE,
  type CommandHost,
} from '../../../lib/commands/command-host.js';
import type {
  Argument,
  CommandSpec,
} from '../../../lib/commands/command-spec.js';
import { defineCommands } from '../../../lib/commands/define-commands.js';
import type { TypedCommands } from '../../../lib/commands/typed-commands.js';

// oxlint-disable typescript/no-unsafe-declaration-merging -- defineCommands() puts the methods there

/** Takes what typed methods hand over: the contract of the layer. */
export class RecordingHost implements CommandHost {
  readonly calls: { spec: CommandSpec; args: Argument[] }[] = [];

  [EXECUTE](spec: CommandSpec, args: Argument[]): Promise<unknown> {
    this.calls.push({ spec, args });
    return Promise.resolve(null);
  }

  /** The words of the last call, as they would stand on the wire. */
  get words(): string[] {
    const call = this.calls.at(-1);
    return call === undefined
      ? []
      : [...call.spec.words, ...call.args.map(String)];
  }
}

export interface RecordingHost extends TypedCommands {}

defineCommands(RecordingHost.prototype);
