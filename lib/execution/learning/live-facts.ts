import type { CommandFacts } from '../../commands/command-facts.js';
import type { Argument, CommandSpec } from '../../commands/command-spec.js';
import {
  commandNames,
  commandSpec,
  type FoundCommand,
} from '../../commands/command-table.js';
import { liveSpec, withLiveFacts } from '../../commands/live-commands.js';

/** Stands for servers that do not say what they are. */
export const NAMELESS = '';

/** What one kind of server says of its commands, by their full names. */
type Layer = Map<string, CommandFacts>;

/**
 * What the connected servers say of their commands: a layer for each version
 * of server there is, the newest on top. While a cluster is upgraded, the old
 * nodes and the new ones have most commands in common, and of what both have
 * the newer one knows more; what only one has is of that one alone.
 */
export class LiveFacts {
  /** By server identity, the oldest version first. */
  private layers = new Map<string, Layer>();
  private facts: ReadonlyMap<string, CommandFacts> = new Map();
  private readonly containers = new Set<string>();
  /** Identities of servers that were asked for all their commands. */
  private readonly complete = new Set<string>();
  /** What was made of the facts: by name, or by the row of the table they lie over. */
  private readonly specs = new Map<string | CommandSpec, CommandSpec>();
  /**
   * Whether some row that is planned by a look at its first key, and nothing
   * else, is not so any more by what a server says.
   */
  changesPlain = false;

  /** The command's row of the table, with what the servers said of it. */
  over(spec: CommandSpec): CommandSpec {
    // nobody was asked: the usual case
    if (this.facts.size === 0) return spec;
    return this.made(spec, () => {
      const facts = this.facts.get(spec.name);
      return facts === undefined ? spec : withLiveFacts(spec, facts);
    });
  }

  /** A command that is in no table, as the servers described it. */
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

  /**
   * Whether the description of a command is that of a version in use, and not
   * of whichever node was asked under some topology.
   */
  isCurrent(name: string): boolean {
    return [...this.complete].some((server) =>
      this.layers.get(server)?.has(name),
    );
  }

  /**
   * Takes what a server said.
   *
   * @param server its identity; `NAMELESS` where it does not say
   * @param name the one command that was asked for, with its subcommands;
   *   undefined for all. What was known of them before is replaced: a module
   *   may be gone.
   */
  take(
    server: string,
    name: string | undefined,
    commands: readonly CommandFacts[],
  ): void {
    const layer: Layer = new Map(this.layers.get(server));
    for (const known of layer.keys()) {
      if (
        name === undefined ||
        known === name ||
        known.startsWith(`${name} `)
      ) {
        layer.delete(known);
      }
    }
    for (const facts of commands) layer.set(facts.name, facts);
    this.layers.set(server, layer);
    if (name === undefined && server !== NAMELESS) this.complete.add(server);
    this.pile();
  }

  /** Forgets what servers said of which there are none any more. */
  keepOnly(servers: ReadonlySet<string>): void {
    const gone = [...this.layers.keys()].filter(
      (server) => server !== NAMELESS && !servers.has(server),
    );
    for (const server of gone) {
      this.layers.delete(server);
      this.complete.delete(server);
    }
    if (gone.length > 0) this.pile();
  }

  private pile(): void {
    this.layers = new Map(
      [...this.layers].toSorted(([left], [right]) =>
        compareVersions(versionOf(left), versionOf(right)),
      ),
    );
    this.facts = new Map([...this.layers.values()].flatMap((all) => [...all]));
    this.specs.clear();
    this.containers.clear();
    for (const name of this.facts.keys()) {
      const space = name.indexOf(' ');
      if (space > 0) this.containers.add(name.slice(0, space));
    }
    this.changesPlain = commandNames().some(
      (name) => this.facts.has(name) && this.isChanged(commandSpec(name)),
    );
  }

  private isChanged(row: CommandSpec): boolean {
    if (!row.plain) return false;
    const { plain, firstKey } = this.over(row);
    return !plain || firstKey !== row.firstKey;
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

/** `[8, 6, 3]` of `redis 8.6.3 vectorset:1`. */
function versionOf(server: string): readonly number[] {
  const version = server.split(' ')[1] ?? '';
  return version.split('.').map((part) => Number.parseInt(part, 10) || 0);
}

function compareVersions(
  left: readonly number[],
  right: readonly number[],
): number {
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
