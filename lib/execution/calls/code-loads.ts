import type { CommandSpec } from '../../commands/command-spec.js';
import type { NodeConnections } from '../../connection/node-connections.js';
import { RawRequest } from '../../connection/raw-request.js';
import { ReplyError } from '../../errors/reply-error.js';
import type { ErrorReply } from '../../protocol/error-reply.js';
import type { Call } from './call.js';
import type { ClusterNode } from '../cluster-node.js';
import { handOver, handOverLoading } from './hand-over.js';
import { LeasedCall } from '../transactions/leased-call.js';
import { classifyRefusal } from './refusals.js';

/**
 * How often one call has its code loaded: somebody who flushes scripts all the
 * time is not outrun.
 */
const MAX_LOADS = 4;

/** A script or library that a call brings along. */
interface Code {
  /** The SHA1, or the library's name. */
  readonly id: string;
  /** What loads it. */
  readonly words: readonly string[];
}

/** One SCRIPT LOAD or FUNCTION LOAD, shared by all calls behind it. */
interface Loading {
  /** What the node said to it, if that was no. */
  failure: ReplyError | undefined;
}

/** What is kept of the load ahead of a call. */
interface Attempt {
  readonly loads: number;
  readonly loading: Loading;
}

/** The loading of scripts and libraries at nodes that lack them. */
export class CodeLoads {
  private readonly attempts = new WeakMap<Call, Attempt>();
  /** By the connections that carry them: a call pushed behind one needs no other. */
  private readonly underWay = new WeakMap<object, Map<string, Loading>>();

  /**
   * Hands a call that {@link lacksCode} to its node again, behind what loads the
   * code. Only to that node: what others have is not known.
   *
   * @param owner who serves the call's slot; undefined without keys
   * @param error what the node said
   * @returns false when the queue is full; an error where loading does not help
   */
  handOver(
    call: Call,
    owner: ClusterNode | undefined,
    error: ReplyError,
  ): boolean | ReplyError {
    const node = call.node!;
    if (call.readsReplica && call.spec.library !== undefined && owner) {
      // a library gets to a replica by replication alone
      call.readsReplica = false;
      return handOver(call, owner);
    }
    const before = this.attempts.get(call);
    const failure = before?.loading.failure;
    if (failure !== undefined) {
      return new ReplyError(failure.message, call.context(error));
    }
    const loads = (before?.loads ?? 0) + 1;
    if (loads > MAX_LOADS) return error;
    const code = codeOf(call.spec)!;
    const connections = carrierOf(call, node);
    const shared = this.underWay.get(connections)?.get(code.id);
    const loading = shared ?? { failure: undefined };
    this.attempts.set(call, { loads, loading });
    // a node that serves the slot by now takes ASKING for nothing
    const asking =
      call.slot !== -1 &&
      call.fixedNode === undefined &&
      !call.readsReplica &&
      owner !== node;
    return handOverLoading(
      call,
      node,
      shared === undefined ? this.load(code, connections, loading) : undefined,
      asking,
    );
  }

  /** What may go ahead of a call before anybody says that the node lacks its code; undefined where it is under way. */
  ahead(
    spec: CommandSpec,
    connections: NodeConnections,
  ): RawRequest | undefined {
    const code = codeOf(spec);
    return code === undefined ||
      this.underWay.get(connections)?.has(code.id) === true
      ? undefined
      : this.load(code, connections, { failure: undefined });
  }

  private load(
    { id, words }: Code,
    connections: object,
    loading: Loading,
  ): RawRequest {
    let loads = this.underWay.get(connections);
    if (loads === undefined) {
      loads = new Map();
      this.underWay.set(connections, loads);
    }
    const ours = loads;
    ours.set(id, loading);
    return new RawRequest(
      words,
      Infinity,
      () => void ours.delete(id),
      (error) => {
        ours.delete(id);
        if (isFinal(error)) loading.failure = error;
      },
    );
  }
}

/** What keeps a call behind its load: the shared connection of its node, or the one that its caller has leased. */
function carrierOf(call: Call, node: ClusterNode): object {
  if (call instanceof LeasedCall && call.lease !== undefined) {
    return call.lease.connection;
  }
  return call.readsReplica ? node.readers : node;
}

/**
 * Whether a node lacks the code that a call brings along, so that nothing was
 * executed.
 *
 * A script can return these very errors, and no server marks them as its own
 * (`return redis.error_reply('NOSCRIPT No matching script.')` on Redis 7.0, 8.6
 * and Valkey 9.1). Code that might do so is not brought along: see
 * `mayReplyError`.
 */
export function lacksCode({ spec }: Call, reply: ErrorReply): boolean {
  if (spec.script !== undefined) {
    return reply.prefix === 'NOSCRIPT' && !reply.message.includes(' script: ');
  }
  return spec.library !== undefined && reply.message === FUNCTION_NOT_FOUND;
}

/** Measured on Redis 7.0, 8.6 and Valkey 9.1; `ERR` has no word of its own for it. */
const FUNCTION_NOT_FOUND = 'ERR Function not found';

/**
 * A script's own error may have the first word of one that proves that nothing
 * was executed (a lock that is `BUSY`), unmarked. Where the word stands in the
 * text, that is what it is taken for: to run a script twice is worse than to
 * show an error that would have passed.
 */
export function maySayItself(call: Call, reply: ErrorReply): boolean {
  const text = textOf(call);
  const words = reply.prefix === 'ERR' ? reply.message : reply.prefix;
  return text !== undefined && text.includes(words);
}

function textOf({ spec, args }: Call): string | undefined {
  if (spec.name === 'EVAL' || spec.name === 'EVAL_RO') return String(args[0]);
  return spec.script?.text ?? spec.library?.code;
}

function codeOf({ script, library }: CommandSpec): Code | undefined {
  if (script !== undefined) {
    return { id: script.sha, words: ['SCRIPT', 'LOAD', script.text] };
  }
  if (library === undefined) return undefined;
  // without REPLACE: what others call may be another version
  return { id: library.name, words: ['FUNCTION', 'LOAD', library.code] };
}

/** BUSY, LOADING and lost connections met the call behind it as well, and they pass. */
function isFinal(error: Error): error is ReplyError {
  return (
    error instanceof ReplyError &&
    classifyRefusal(error, -1, false).kind === 'final'
  );
}
