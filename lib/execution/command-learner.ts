import type { CommandFacts } from '../commands/command-facts.js';
import type { Argument, CommandSpec } from '../commands/command-spec.js';
import type { FoundCommand } from '../commands/command-table.js';
import {
  liveSpec,
  parseLiveCommands,
  withLiveFacts,
} from '../commands/live-commands.js';
import type { ClusterNode } from './cluster-node.js';
import type { Answer } from './question.js';

/** Asks some primary. */
export type Ask = (words: readonly string[]) => Promise<Answer>;

/** What was asked: a command's first word, or everything. */
interface Asked {
  /** The topology in force when the answer came. */
  version: number;
  /** Who answered; undefined while nobody has. */
  node: ClusterNode | undefined;
  answer: Promise<void>;
}

/** Stands for all commands; no command has this name. */
const EVERYTHING = '';

/**
 * What the connected servers say of their commands. Asked only for commands
 * that are in no table, or on demand; each once per topology, since another
 * node may be of another version or have other modules.
 */
export class CommandLearner {
  private readonly facts = new Map<string, CommandFacts>();
  private readonly containers = new Set<string>();
  /** What was made of the facts: by name, or by the row of the table they lie over. */
  private readonly specs = new Map<string | CommandSpec, CommandSpec>();
  private readonly asked = new Map<string, Asked>();

  constructor(
    private readonly ask: Ask,
    private readonly topologyVersion: () => number,
  ) {}

  /** The command's row of the table, with what the servers said of it. */
  over(spec: CommandSpec): CommandSpec {
    // nobody asked yet: the usual case
    if (this.facts.size === 0) return spec;
    return this.made(spec, () => {
      const facts = this.facts.get(spec.name);
      return facts === undefined ? spec : withLiveFacts(spec, facts);
    });
  }

  /** A command that is in no table, as the servers described it, whenever that was. */
  find(words: readonly Argument[]): FoundCommand | undefined {
    const name = String(words[0]).toUpperCase();
    const contained = words.length > 1 && this.containers.has(name);
    const full = contained ? `${name} ${String(words[1]).toUpperCase()}` : name;
    const facts = this.facts.get(full);
    return facts === undefined
      ? undefined
      : {
          spec: this.made(full, () => liveSpec(facts)),
          args: words.slice(contained ? 2 : 1),
        };
  }

  /** Who said last whether there is such a command; undefined when that is not known of this topology. */
  authorityOn(name: string): ClusterNode | undefined {
    const version = this.topologyVersion();
    return [name.toUpperCase(), EVERYTHING]
      .map((key) => this.asked.get(key))
      .find((asked) => asked?.version === version && !asked.node?.hasEnded)
      ?.node;
  }

  /** Asks for one command with its subcommands; those who ask meanwhile share the answer. */
  learn(name: string): Promise<void> {
    return this.request(name.toUpperCase(), ['COMMAND', 'INFO', name]);
  }

  /** Asks for all commands. */
  learnAll(): Promise<void> {
    return this.request(EVERYTHING, ['COMMAND']);
  }

  private request(key: string, words: readonly string[]): Promise<void> {
    const before = this.asked.get(key);
    if (before !== undefined && before.node === undefined) return before.answer;
    const asked: Asked = {
      version: -1,
      node: undefined,
      answer: this.ask(words).then(
        ({ reply, node }) => {
          this.take(key, parseLiveCommands(reply));
          asked.version = this.topologyVersion();
          asked.node = node;
        },
        (error: unknown) => {
          this.asked.delete(key);
          throw error;
        },
      ),
    };
    this.asked.set(key, asked);
    return asked.answer;
  }

  /** Replaces what was known of it: a module may be gone. */
  private take(key: string, commands: readonly CommandFacts[]): void {
    for (const name of this.facts.keys()) {
      if (key !== EVERYTHING && name !== key && !name.startsWith(`${key} `)) {
        continue;
      }
      this.facts.delete(name);
      this.containers.delete(name);
    }
    this.specs.clear();
    for (const command of commands) {
      this.facts.set(command.name, command);
      const space = command.name.indexOf(' ');
      if (space > 0) this.containers.add(command.name.slice(0, space));
    }
  }

  private made(
    key: string | CommandSpec,
    make: () => CommandSpec,
  ): CommandSpec {
    let spec = this.specs.get(key);
    if (spec === undefined) {
      spec = make();
      this.specs.set(key, spec);
    }
    return spec;
  }
}
