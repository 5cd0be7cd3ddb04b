import type { FunctionLibrary } from '../commands/replies/function-replies.js';
import { setTimeout } from 'node:timers/promises';
import { ClosedError } from '../errors/closed-error.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { FanOutError, type FanOutPart } from '../errors/fan-out-error.js';
import { OutcomeUnknownError } from '../errors/outcome-unknown-error.js';
import { ReplyError } from '../errors/reply-error.js';
import { backoffDelay } from '../time/backoff.js';
import type { NodeReplies } from '../execution/fan-outs/place.js';
import { stateOf, type LibraryState } from './library-code.js';

/**
 * What was done on a primary: nothing, since it has exactly this code
 * (`current`) or a later version (`newer`); or it was `loaded` where there was
 * none, or `replaced` another.
 *
 * @publicApi
 */
export type LibraryLoad = 'current' | 'newer' | 'loaded' | 'replaced';

/** A group of nodes that can be asked for their libraries. @publicApi */
export interface LibraryReaders {
  /** As on every host. */
  functionList(options: {
    libraryname: string;
    withcode: true;
  }): Promise<NodeReplies<FunctionLibrary<string | Buffer>[]>>;
}

/** A node that can load a library. @publicApi */
export interface LibraryLoader {
  /** As on every host. */
  functionLoad(
    code: string,
    options: { replace?: true },
  ): Promise<string | Buffer>;
}

/** What a library is loaded on: the client, or a view of it. @publicApi */
export interface LibraryNodes {
  /** How long a call may take, in milliseconds. @internal */
  readonly callTimeoutMs: number;
  /** As `RedisClusterClient.at`. */
  at(group: 'primaries'): LibraryReaders;
  /** As `RedisClusterClient.at`. */
  at(target: { readonly node: string }): LibraryLoader;
}

interface Library {
  readonly name: string;
  readonly code: string;
}

/** Between two rounds, in milliseconds. */
const ROUND_DELAY = { min: 20, max: 500 };

/** See `TypedFunctionLibrary.verify`. */
export async function verifyLibrary(
  nodes: LibraryNodes,
  { name, code }: Library,
): Promise<Record<string, LibraryState>> {
  const replies = await nodes
    .at('primaries')
    .functionList({ libraryname: name, withcode: true });
  const parts = Object.entries(replies).map(([node, reply]) =>
    reply instanceof Error
      ? failed(node, reply)
      : applied(node, stateOf(codeIn(reply), code)),
  );
  return byNode('FUNCTION LIST', parts) as Record<string, LibraryState>;
}

/**
 * See `TypedFunctionLibrary.load`. Goes round again for what passes: a failover,
 * and another process that loads the same library and was faster.
 */
export async function loadLibrary(
  nodes: LibraryNodes,
  library: Library,
  replaces: boolean,
): Promise<Record<string, LibraryLoad>> {
  const deadline = performance.now() + nodes.callTimeoutMs;
  const done = new Map<string, LibraryLoad>();
  for (let round = 1; ; round++) {
    try {
      return await loadRound(nodes, library, replaces, done);
    } catch (error) {
      const delayMs = backoffDelay(round, ROUND_DELAY);
      const late = performance.now() + delayMs > deadline;
      if (late || !(error instanceof FanOutError) || !passes(error))
        throw error;
      await setTimeout(delayMs);
    }
  }
}

/** @param done what was loaded so far, also in earlier rounds */
async function loadRound(
  nodes: LibraryNodes,
  library: Library,
  replaces: boolean,
  done: Map<string, LibraryLoad>,
): Promise<Record<string, LibraryLoad>> {
  const states = await verifyLibrary(nodes, library);
  if (!replaces) refuseConflict(library.name, states);
  const parts = await Promise.all(
    Object.entries(states).map(async ([node, state]) =>
      state === 'current' || state === 'newer'
        ? applied(node, done.get(node) ?? state)
        : loadAt(nodes, node, library.code, state),
    ),
  );
  for (const { node, reply } of parts) {
    if (reply !== undefined) done.set(node!, reply as LibraryLoad);
  }
  return byNode('FUNCTION LOAD', parts) as Record<string, LibraryLoad>;
}

/** Whether every failure is one of nodes that come, go or change roles. */
function passes({ errors }: FanOutError): boolean {
  return errors.every(
    (error) =>
      !(error instanceof ClosedError) &&
      (!(error instanceof ReplyError) ||
        error.prefix === 'READONLY' ||
        error.message.endsWith('already exists')),
  );
}

async function loadAt(
  nodes: LibraryNodes,
  node: string,
  code: string,
  state: LibraryState,
): Promise<FanOutPart> {
  const missing = state === 'missing';
  try {
    // without REPLACE where there was none: who was faster is looked at again
    await nodes
      .at({ node })
      .functionLoad(code, missing ? {} : { replace: true });
    return applied(node, missing ? 'loaded' : 'replaced');
  } catch (error) {
    return failed(node, error as Error);
  }
}

function refuseConflict(
  name: string,
  states: Record<string, LibraryState>,
): void {
  const where = Object.keys(states).filter((node) => states[node] === 'other');
  if (where.length === 0) return;
  throw new ConfigurationError(
    `functionLibrary: ${where.join(', ')} ${where.length === 1 ? 'has' : 'have'} other code under the name ${name}. ` +
      "Raise the version, give the library (and its functions) another name, or say onConflict: 'replace'",
    { command: 'FUNCTION LOAD' },
  );
}

function codeIn(
  libraries: readonly FunctionLibrary<string | Buffer>[],
): string | undefined {
  // a Buffer, where the client was asked for those
  return libraries[0]?.libraryCode?.toString();
}

function applied(node: string, reply: string): FanOutPart {
  return { node, reply, outcome: 'applied' };
}

function failed(node: string, error: Error): FanOutPart {
  const unknown = error instanceof OutcomeUnknownError;
  return { node, error, outcome: unknown ? 'unknown' : 'failed' };
}

/** @throws {FanOutError} where a part failed */
function byNode(
  command: string,
  parts: readonly FanOutPart[],
): Record<string, unknown> {
  const failures = parts.filter(({ error }) => error !== undefined);
  if (failures.length > 0) {
    const said = failures.map(
      ({ node, error }) => `${node}: ${error!.message}`,
    );
    throw new FanOutError(
      `${command} failed on ${failures.length} of ${parts.length} nodes: ${said.join('; ')}`,
      parts,
      { command },
    );
  }
  const replies = Object.create(null) as Record<string, unknown>;
  for (const { node, reply } of parts) replies[node!] = reply;
  return replies;
}
