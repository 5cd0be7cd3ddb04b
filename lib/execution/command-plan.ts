import {
  CommandFlag,
  type Argument,
  type CommandSource,
  type CommandSpec,
  type RequestPolicy,
  type ResponsePolicy,
} from '../commands/command-spec.js';
import type { FoundCommand } from '../commands/command-table.js';
import { keysAreSpecified } from '../commands/live-commands.js';
import { trueKeyIndexes } from '../routing/command-keys.js';
import { KEY_PARSERS } from '../routing/key-parsers.js';
import { formOf, planCommand, type Plan } from '../routing/plan.js';
import { shownKey } from '../routing/shown-keys.js';
import { blockingTimeoutMs } from './calls/blocking.js';
import type { CallSettings } from './calls/call-settings.js';
import type { ClusterNodes } from './cluster-nodes.js';
import type { ReadFrom } from '../options/read-from.js';
import type { ReadPolicy } from './reads/read-policy.js';
import type { CommandLearner } from './learning/command-learner.js';

/** The part of a split that goes to one slot. @publicApi */
export interface CommandPlanPart {
  /** The slot of its keys. */
  readonly slot: number;
  /** The slot's owner, as `host:port`, or the replica whose turn it would be; undefined while none is known. */
  readonly node: string | undefined;
  /** Its keys, in the order of the call. */
  readonly keys: readonly (string | Buffer)[];
}

/**
 * Where a command would go and what would become of its replies; see
 * `RedisClusterClient.explain`.
 *
 * @publicApi
 */
export interface CommandPlan {
  /** The command's full name: `GET`, `SCRIPT LOAD`. */
  readonly command: string;
  /**
   * - `slot`: the owner of the slot of its keys
   * - `any`: any primary, in turns: it has no keys
   * - `split`: the owners of several slots, each with its part of the keys
   * - `primaries`: every primary that serves slots
   * - `nodes`: these, and every replica that can be reached
   * - `nowhere`: it would be refused
   */
  readonly target: 'slot' | 'any' | 'split' | 'primaries' | 'nodes' | 'nowhere';
  /** The slot, where the target is one. */
  readonly slot: number | undefined;
  /** Its keys, in the order of the call, as they stand on the wire; without what only is routed like a key (the channel of SPUBLISH). */
  readonly keys: readonly (string | Buffer)[];
  /** The parts of a split; else empty. */
  readonly parts: readonly CommandPlanPart[];
  /**
   * The nodes that would be asked, each once, as `host:port`; of `any` one of
   * these, and of the replicas of a shard one (those that would take turns now
   * are given). Empty before the topology is known.
   */
  readonly nodes: readonly string[];
  /**
   * Where it would read: what `readFrom` says, or `'primary'` for whatever a
   * replica cannot answer as its primary does: writes, scripts that may write,
   * cursors, commands without keys.
   */
  readonly readFrom: ReadFrom;
  /** Replicas that a fan-out to all nodes would leave out, since they have failed. */
  readonly skipped: readonly string[];
  /** Where it goes, in the words of the command tips. */
  readonly requestPolicy: RequestPolicy;
  /** How the replies become one, in the words of the command tips; `union` and `all_agree` are this package's. */
  readonly responsePolicy: ResponsePolicy;
  /** Whether it only reads, and so is repeated when its reply is lost. */
  readonly readOnly: boolean;
  /** Whether it would block its connection, as it is called. */
  readonly blocking: boolean;
  /** Whether it would get a connection of its own. */
  readonly exclusive: boolean;
  /** Where its routing comes from. */
  readonly source: CommandSource;
  /** Why it would be refused before anything is sent; undefined when it would not. */
  readonly refused: string | undefined;
}

/** What a plan is made from. */
export interface PlanContext {
  readonly nodes: ClusterNodes;
  readonly learner: CommandLearner;
}

/** Plans a command as `execute` would. Sends nothing and throws nothing. */
export function explainCommand(
  given: FoundCommand,
  { nodes, learner }: PlanContext,
  settings: CallSettings,
): CommandPlan {
  const { spec: anyForm, args } = currentCommand(given, learner);
  const spec = formOf(anyForm, args);
  const facts = factsOf(spec, args);
  const unknown = unknownReason(given, spec, learner);
  if (unknown !== undefined) return { ...facts, refused: unknown };
  let plan: Plan;
  try {
    plan = planCommand(spec, args, settings.nonAtomicCrossSlot);
  } catch (error) {
    return { ...facts, refused: (error as Error).message };
  }
  const policy =
    (spec.flags & CommandFlag.ReplicaRead) === 0 || plan.kind === 'any'
      ? undefined
      : settings.readFrom;
  return {
    ...facts,
    readFrom: policy?.readFrom ?? 'primary',
    ...targetOf(plan, spec, nodes, (slot) => nodesOf(slot, nodes, policy)),
  };
}

/** The plan of words that are no command. */
export function explainRefusal(name: string, refused: string): CommandPlan {
  return {
    command: name,
    ...NOWHERE,
    keys: [],
    requestPolicy: 'default',
    responsePolicy: 'default',
    readFrom: 'primary',
    readOnly: false,
    blocking: false,
    exclusive: false,
    source: 'unknown',
    refused,
  };
}

const NOWHERE = {
  target: 'nowhere',
  slot: undefined,
  parts: [],
  nodes: [],
  skipped: [],
} as const;

/** The command with what the servers said of it so far. */
export function currentCommand(
  { spec, args }: FoundCommand,
  learner: CommandLearner,
): FoundCommand {
  return spec.source === 'unknown'
    ? (learner.find([spec.words[0]!, ...args]) ?? { spec, args })
    : { spec: learner.over(spec), args };
}

function unknownReason(
  given: FoundCommand,
  spec: CommandSpec,
  learner: CommandLearner,
): string | undefined {
  const { name } = given.spec;
  if (spec.source === 'unknown') {
    return learner.authorityOn(name) === undefined
      ? `${name}: not in the command table, and no server was asked for it yet; call asks by itself, learnCommands('${name}') does so now`
      : `${name}: neither the command table nor the servers know it`;
  }
  const hidden =
    given.spec.source === 'unknown' &&
    !keysAreSpecified(spec) &&
    KEY_PARSERS[spec.name] === undefined;
  return hidden
    ? `${spec.name}: only the server can find its keys; call asks it by COMMAND GETKEYS`
    : undefined;
}

function factsOf(spec: CommandSpec, args: readonly Argument[]): CommandPlan {
  const exclusive = blockingTimeoutMs(spec, args) !== undefined;
  return {
    command: spec.name,
    ...NOWHERE,
    keys: shownKeys(spec, args),
    requestPolicy: spec.requestPolicy,
    responsePolicy: spec.responsePolicy,
    readFrom: 'primary',
    readOnly: (spec.flags & CommandFlag.ReadOnly) !== 0,
    blocking: exclusive && (spec.flags & CommandFlag.Blocking) !== 0,
    exclusive,
    source: spec.source,
    refused: undefined,
  };
}

function targetOf(
  plan: Plan,
  spec: CommandSpec,
  nodes: ClusterNodes,
  asked: (slot: number) => readonly string[],
): Pick<CommandPlan, 'target' | 'slot' | 'parts' | 'nodes' | 'skipped'> {
  const primaries = nodes.primaries().map(({ node }) => node.label);
  switch (plan.kind) {
    case 'slot': {
      const { slot } = plan;
      return { ...NOWHERE, target: 'slot', slot, nodes: asked(slot) };
    }
    case 'any':
      return { ...NOWHERE, target: 'any', nodes: primaries };
    case 'split': {
      const parts = plan.parts.map(({ slot, args }) => ({
        slot,
        node: asked(slot)[0],
        keys: shownKeys(spec, args),
      }));
      const all = parts.flatMap(({ slot }) => asked(slot));
      return {
        ...NOWHERE,
        target: 'split',
        parts,
        nodes: [...new Set(all)],
      };
    }
    default: {
      if (plan.target === 'primaries') {
        return { ...NOWHERE, target: 'primaries', nodes: primaries };
      }
      const replicas = nodes.replicas();
      const labels = (healthy: boolean): string[] =>
        replicas
          .filter((replica) => replica.healthy === healthy)
          .map(({ node }) => node.label);
      return {
        ...NOWHERE,
        target: 'nodes',
        nodes: [...primaries, ...labels(true)],
        skipped: labels(false),
      };
    }
  }
}

/** Those of the slot's nodes that one would be asked of. */
function nodesOf(
  slot: number,
  nodes: ClusterNodes,
  policy: ReadPolicy | undefined,
): readonly string[] {
  if (policy === undefined) {
    const owner = nodes.owners[slot]?.label;
    return owner === undefined ? [] : [owner];
  }
  try {
    const members = policy.eligible(nodes.membersOf(slot) ?? []);
    return members.map(({ node }) => node.label);
  } catch {
    // the application's own choice: the call would fail, and nothing be asked
    return [];
  }
}

function shownKeys(
  spec: CommandSpec,
  args: readonly Argument[],
): (string | Buffer)[] {
  return Array.from(trueKeyIndexes(spec, args), (index) =>
    shownKey(args[index]!),
  );
}
