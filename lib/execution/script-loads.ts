import type { NodeConnections } from '../connection/node-connections.js';
import { RawRequest } from '../connection/raw-request.js';
import type { ScriptText } from '../commands/command-spec.js';
import { ReplyError } from '../errors/reply-error.js';
import type { ErrorReply } from '../protocol/error-reply.js';
import type { Call } from './call.js';
import { classifyRefusal } from './refusals.js';

/**
 * How often one call loads its script: somebody who flushes scripts all the
 * time is not outrun.
 */
const MAX_LOADS = 4;

/** One SCRIPT LOAD, on its way ahead of the calls that need it. */
export interface ScriptLoad {
  /** To be sent ahead of the call; undefined where it is under way on the connection already. */
  readonly request: RawRequest | undefined;
}

/** What is kept of the load ahead of a call. */
interface Attempt {
  loads: number;
  /** Shared by all calls behind one SCRIPT LOAD. */
  load: Loading;
}

interface Loading {
  /** What the node said to it, if that was no. */
  failure: ReplyError | undefined;
}

/** The loading of scripts at nodes that lack them. */
export class ScriptLoads {
  private readonly attempts = new WeakMap<Call, Attempt>();
  /** By the connections that carry them, and the SHA1: calls pushed behind one need no other. */
  private readonly underWay = new WeakMap<
    NodeConnections,
    Map<string, Loading>
  >();

  /**
   * What has to go ahead of a call whose script a node lacks.
   *
   * @returns an error where loading does not help: what the node said to it, or
   *   undefined behind too many
   */
  next(
    call: Call,
    script: ScriptText,
    connections: NodeConnections,
  ): ScriptLoad | { readonly failure: ReplyError | undefined } {
    const before = this.attempts.get(call);
    const loads = (before?.loads ?? 0) + 1;
    const failure = before?.load.failure;
    if (failure !== undefined || loads > MAX_LOADS) return { failure };
    const shared = this.underWay.get(connections)?.get(script.sha);
    if (shared !== undefined) {
      this.attempts.set(call, { loads, load: shared });
      return { request: undefined };
    }
    const load: Loading = { failure: undefined };
    this.attempts.set(call, { loads, load });
    return { request: this.request(script, connections, load) };
  }

  private request(
    { sha, text }: ScriptText,
    connections: NodeConnections,
    load: Loading,
  ): RawRequest {
    let loads = this.underWay.get(connections);
    if (loads === undefined) {
      loads = new Map();
      this.underWay.set(connections, loads);
    }
    const ours = loads;
    ours.set(sha, load);
    return new RawRequest(
      ['SCRIPT', 'LOAD', text],
      Infinity,
      () => void ours.delete(sha),
      (error) => {
        ours.delete(sha);
        if (isFinal(error)) load.failure = error;
      },
    );
  }
}

/** BUSY, LOADING and lost connections met the call behind it as well, and they pass. */
function isFinal(error: Error): error is ReplyError {
  return (
    error instanceof ReplyError &&
    classifyRefusal(error, -1, false).kind === 'final'
  );
}

/**
 * Whether a node lacks the script of a call that brings its text along: nothing
 * was executed then. A script raises no error of this first word that the
 * server would not mark as its own; one that could return it (Redis 7.0, 8.6 and
 * Valkey 9.1 pass `return redis.error_reply('NOSCRIPT ...')` on unmarked) never
 * runs by its SHA1: see `mayFakeErrors`.
 */
export function lacksScript(
  { spec }: Call,
  { prefix, message }: ErrorReply,
): boolean {
  return (
    prefix === 'NOSCRIPT' &&
    spec.script !== undefined &&
    !message.includes(' script: ')
  );
}
