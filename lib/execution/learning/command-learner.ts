import type { Argument, CommandSpec } from '../../commands/command-spec.js';
import type { FoundCommand } from '../../commands/command-table.js';
import { parseLiveCommands } from '../../commands/live-commands.js';
import type { ClusterNode } from '../cluster-node.js';
import { LiveFacts, NAMELESS } from './live-facts.js';
import type { Answer } from '../question.js';

/** Asks some primary. */
export type Ask = (words: readonly string[]) => Promise<Answer>;

/** What was asked: a command's first word, or everything. */
interface Asked {
  /** The topology in force when the answer came. */
  version: number;
  /** Who answered; undefined while nobody has. */
  node: ClusterNode | undefined;
  /** What that node was then. */
  server: string | undefined;
  answer: Promise<void>;
}

/** Stands for all commands; no command has this name. */
const EVERYTHING = '';

/**
 * What the connected servers say of their commands, and asking them: for a
 * command that is in no table, or on demand; each once per topology, since
 * another node may be of another version or have other modules.
 */
export class CommandLearner {
  private readonly facts = new LiveFacts();
  private readonly asked = new Map<string, Asked>();

  constructor(
    private readonly ask: Ask,
    private readonly topologyVersion: () => number,
  ) {}

  /** Whether a row of the table that is plain is not so by what a server says. */
  get changesPlain(): boolean {
    return this.facts.changesPlain;
  }

  /** The command's row of the table, with what the servers said of it. */
  over(spec: CommandSpec): CommandSpec {
    return this.facts.over(spec);
  }

  /** A command that is in no table, as the servers described it, whenever that was. */
  find(words: readonly Argument[]): FoundCommand | undefined {
    return this.facts.find(words);
  }

  /** {@link find}, as far as that is of a version in use: nobody has to be asked. */
  findCurrent(words: readonly Argument[]): FoundCommand | undefined {
    const found = this.facts.find(words);
    return found !== undefined && this.facts.isCurrent(found.spec.name)
      ? found
      : undefined;
  }

  /** Who said last whether there is such a command; undefined when that is not known of this topology. */
  authorityOn(name: string): ClusterNode | undefined {
    const version = this.topologyVersion();
    return [name.toUpperCase(), EVERYTHING]
      .map((key) => this.asked.get(key))
      .find(
        (asked) =>
          asked?.version === version &&
          asked.node?.hasEnded === false &&
          asked.node.server === asked.server,
      )?.node;
  }

  /** Asks for one command with its subcommands; those who ask meanwhile share the answer. */
  learn(name: string): Promise<void> {
    return this.request(name.toUpperCase(), ['COMMAND', 'INFO', name]);
  }

  /** Asks for all commands. */
  learnAll(): Promise<void> {
    return this.request(EVERYTHING, ['COMMAND']);
  }

  /** Takes the reply of a server to COMMAND, which somebody else asked for. */
  takeAll(server: string, reply: unknown): void {
    this.facts.take(server, undefined, parseLiveCommands(reply));
  }

  /** Forgets what servers said that are of none of these identities. */
  keepOnly(servers: ReadonlySet<string>): void {
    this.facts.keepOnly(servers);
  }

  private request(key: string, words: readonly string[]): Promise<void> {
    const before = this.asked.get(key);
    if (before !== undefined && before.node === undefined) return before.answer;
    const asked: Asked = {
      version: -1,
      node: undefined,
      server: undefined,
      answer: this.ask(words).then(
        ({ reply, node }) => {
          const name = key === EVERYTHING ? undefined : key;
          const commands = parseLiveCommands(reply);
          this.facts.take(node.server ?? NAMELESS, name, commands);
          asked.version = this.topologyVersion();
          asked.node = node;
          asked.server = node.server;
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
}
