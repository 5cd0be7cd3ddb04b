import { isSameArgument } from '../../protocol/argument.js';
import { ReplyFormat } from '../../protocol/reply-format.js';
import type { Argument } from '../../commands/command-spec.js';
import type { FoundCommand } from '../../commands/command-table.js';
import { keysAreSpecified } from '../../commands/live-commands.js';
import { keySpecsAt } from '../../commands/made-specs.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { ReplyError } from '../../errors/reply-error.js';
import { KEY_PARSERS } from '../../routing/key-parsers.js';
import type { CallFactory } from '../calls/call-factory.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { ClusterNode } from '../cluster-node.js';
import type { CommandLearner } from './command-learner.js';
import type { Settle } from '../fan-outs/fan-out.js';
import { waitFor } from '../patience.js';
import { askAny } from '../question.js';

/** Runs a command that is known by now. */
export type Run = (
  command: FoundCommand,
  settings: CallSettings,
  settle: Settle,
) => void;

/**
 * Runs commands that are in no table: as the servers describe them, with the
 * keys that the servers find in them.
 */
export class UnknownCommands {
  constructor(
    private readonly learner: CommandLearner,
    private readonly calls: CallFactory,
    /** Runs it where its keys and policies say. */
    private readonly run: Run,
  ) {}

  /** @param run runs it; where its keys and policies say, if nothing else is given */
  execute(
    command: FoundCommand,
    settings: CallSettings,
    settle: Settle,
    run: Run = this.run,
  ): void {
    const { name } = command.spec;
    const words = [command.spec.words[0]!, ...command.args];
    const found = this.learner.findCurrent(words);
    if (found !== undefined) {
      this.executeFound(words, found, settings, settle, run);
      return;
    }
    const authority = this.learner.authorityOn(name);
    if (authority !== undefined) {
      this.executeLearned(command, authority, settings, settle, run);
      return;
    }
    // the promise's continuation is still inside the caller's scope
    waitFor(this.learner.learn(name), settings, name)
      .then((left) => {
        const node = this.learner.authorityOn(name);
        // the topology changed in this very moment
        if (node === undefined) this.execute(command, left, settle, run);
        else this.executeLearned(command, node, left, settle, run);
      })
      .catch((error: unknown) => {
        settle.reject(explained(name, error));
      });
  }

  /**
   * What a command is, as the servers describe it, with its keys; it is not
   * sent itself.
   *
   * @throws {ConfigurationError} where they do not know it
   */
  async describe(
    { spec, args }: FoundCommand,
    settings: CallSettings,
  ): Promise<FoundCommand> {
    const { name } = spec;
    if (this.learner.authorityOn(name) === undefined) {
      try {
        await waitFor(this.learner.learn(name), settings, name);
      } catch (error) {
        throw explained(name, error);
      }
    }
    const words = [spec.words[0]!, ...args];
    const found = this.learner.find(words);
    if (found === undefined) {
      throw new ConfigurationError(
        `${name}: not in the command table, and the server does not know it`,
        { command: name },
      );
    }
    return hasKnownKeys(found)
      ? found
      : this.withKeysOf(words, found, settings);
  }

  private executeLearned(
    command: FoundCommand,
    authority: ClusterNode,
    settings: CallSettings,
    settle: Settle,
    run: Run,
  ): void {
    const words = [command.spec.words[0]!, ...command.args];
    const found = this.learner.find(words);
    if (found === undefined) {
      // another node may know it, and would execute it without regard to its
      // keys; the one that does not says so in its own words
      this.runAt(authority, command, settings, settle);
    } else {
      this.executeFound(words, found, settings, settle, run);
    }
  }

  private executeFound(
    words: readonly Argument[],
    found: FoundCommand,
    settings: CallSettings,
    settle: Settle,
    run: Run,
  ): void {
    if (hasKnownKeys(found)) {
      run(found, settings, settle);
    } else {
      this.withKeysOf(words, found, settings)
        .then((known) => run(known, settings, settle))
        .catch(settle.reject);
    }
  }

  private runAt(
    node: ClusterNode,
    { spec, args }: FoundCommand,
    settings: CallSettings,
    { resolve, reject }: Settle,
  ): void {
    const call = this.calls.newCall(spec, args, -1, resolve, reject, settings);
    call.fixedNode = node;
    this.calls.start([call], settings.signal);
  }

  private async withKeysOf(
    words: readonly Argument[],
    { spec, args }: FoundCommand,
    settings: CallSettings,
  ): Promise<FoundCommand> {
    const keys = await this.keysOf(spec.name, words, settings);
    const indexes: number[] = [];
    for (const key of keys) {
      const index = args.findIndex(
        (argument, at) =>
          at > (indexes.at(-1) ?? -1) && isSameArgument(argument, key),
      );
      if (index === -1) {
        throw new ConfigurationError(
          `${spec.name}: COMMAND GETKEYS gives a key that is not among its arguments; name its keys: call(..., { keys: [...] })`,
          { command: spec.name },
        );
      }
      indexes.push(index);
    }
    return {
      spec: {
        ...spec,
        keySpecs: keySpecsAt(spec.words.length, indexes),
        firstKey: indexes[0] ?? -1,
        singleKey: indexes.length <= 1,
        plain: false,
      },
      args,
    };
  }

  private async keysOf(
    name: string,
    words: readonly Argument[],
    settings: CallSettings,
  ): Promise<readonly Buffer[]> {
    try {
      const { reply } = await askAny(
        this.calls,
        ['COMMAND', 'GETKEYS', ...words],
        { ...settings, format: ReplyFormat.Buffers },
      );
      return reply as Buffer[];
    } catch (error) {
      if (!(error instanceof ReplyError)) throw error;
      if (/no key arg/i.test(error.message)) return [];
      throw new ConfigurationError(
        `${name}: only the server can find its keys, and it does not (${error.message}); name its keys: call(..., { keys: [...] })`,
        { command: name, cause: error },
      );
    }
  }
}

function hasKnownKeys({ spec }: FoundCommand): boolean {
  return keysAreSpecified(spec) || KEY_PARSERS[spec.name] !== undefined;
}

/** Why nothing was sent, where a server refused to tell. */
function explained(name: string, error: unknown): Error {
  return error instanceof ReplyError
    ? new ConfigurationError(
        `${name}: not in the command table, and the server does not describe it (${error.message}); name its keys: call(..., { keys: [...] })`,
        { command: name, cause: error },
      )
    : (error as Error);
}
