import type { Argument } from '../commands/command-spec.js';
import { encodeWords, type EncodedWords } from '../protocol/encoded-words.js';
import type { NodeAddress } from '../options/client-options.js';

/**
 * Stands where a request has its words: it asks a node's exclusive connections
 * for one of them. Nothing is sent; its reply is a `Lease`.
 */
export const CLAIM: EncodedWords = encodeWords([]);

/** What a lost connection leaves of a request: never written, or written without a reply. */
export type RequestFate = 'notSent' | 'unknown';

/**
 * Where a request waited when its time ended: for a connection, to be written,
 * or for its reply.
 */
export type RequestPhase = 'connect' | 'queue' | 'flight';

/** What carries requests to a node: a connection, as its requests know it. */
export interface Carrier {
  /** `host:port`. */
  readonly label: string;
  readonly address: NodeAddress;
  /** Closes once every request that somebody waits for has its reply. */
  end(): Promise<void>;
  /** Hands back what is not written yet. */
  release(why: string): void;
  /** The node said that it reads no further: what has no reply when it closes did not run. */
  readNoMore(): void;
  /** Stands for the user that what is written now runs as: another one behind the AUTH of another user. */
  readonly user: object;
}

/** Learns how a request ended: exactly one of `replied`, `lost` and `expired` is called, once. */
export interface RequestSink<R extends Request = Request> {
  /** An exclusive connection was assigned to it. */
  started?(request: R): void;
  /** The node answered, perhaps with an `ErrorReply`. */
  replied(request: R, reply: unknown, carrier: Carrier): void;
  /** The connection ended first, or there was none to be had. */
  lost(request: R, fate: RequestFate, cause: Error, carrier?: Carrier): void;
  /** The request's deadline came first. A late reply is dropped. */
  expired(request: R, phase: RequestPhase, carrier?: Carrier): void;
}

/** One command on its way to one node. */
export class Request {
  /** Bytes counted against the queue's limit; set when the request is queued. */
  size = 0;
  /** For how long the server may rightly leave it without a reply, in milliseconds; undefined for what never blocks. */
  blocks: number | undefined = undefined;

  /** Whether another node than the one it was sent to can answer it as well. */
  get elsewhere(): boolean {
    return false;
  }

  /**
   * @param sink learns how the request ended
   * @param words the command's words, encoded once
   * @param args the arguments behind the words
   * @param format what becomes of the reply: bits of `ReplyFormat`
   * @param startedAt when the call was made, on the process's coarse clock
   * @param deadline when the call's time ends, on the same clock
   */
  constructor(
    readonly sink: RequestSink<any>,
    readonly words: EncodedWords,
    public args: readonly Argument[],
    readonly format: number,
    readonly startedAt: number,
    readonly deadline: number,
  ) {}
}

/** One whose reply nobody waits for: it keeps no connection open. */
export class UnattendedRequest extends Request {}

/** What a request counts against the queue's limit: its strings' lengths, 16 for anything small. */
export function sizeOf(args: readonly Argument[]): number {
  let size = 16;
  for (let index = 0; index < args.length; index++) {
    const argument = args[index]!;
    size +=
      typeof argument === 'string' || typeof argument === 'object'
        ? argument.length
        : 16;
  }
  return size;
}
