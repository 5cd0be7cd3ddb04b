import {
  CommandFlag,
  type Argument,
  type CommandSpec,
} from '../../commands/command-spec.js';
import { commandSpec } from '../../commands/command-table.js';
import type { Lease } from '../../connection/lease.js';
import { GROUP, type RequestGroup } from '../../connection/request-group.js';
import type { Carrier, RequestSink } from '../../connection/request.js';
import { ErrorReply } from '../../protocol/error-reply.js';
import { ReplyFormat } from '../../protocol/reply-format.js';
import { type Encoder, encodeWords } from '../../protocol/encoder.js';
import type { CallReject, CallResolve } from '../calls/call.js';
import { LeasedCall } from './leased-call.js';
import { classifyRefusal } from '../calls/refusals.js';

/** One command of a transaction, ready to be sent. */
export interface TransactedCommand {
  readonly spec: CommandSpec;
  readonly args: readonly Argument[];
  /** What becomes of its reply: bits of `ReplyFormat`. */
  readonly format: number;
}

const MULTI = encodeWords(['MULTI']);
const EXEC = encodeWords(['EXEC']);
const ASKING = encodeWords(['ASKING']);
const NO_ARGUMENTS: readonly Argument[] = [];

/** What a transaction is to the engine: EXEC, with the flags of what it executes. */
function transactionSpec(flags: number): CommandSpec {
  return {
    ...commandSpec('EXEC'),
    wire: GROUP,
    flags,
    refused: undefined,
    reply: undefined,
  };
}

const READ_ONLY = transactionSpec(CommandFlag.ReadOnly);
const WRITING = transactionSpec(CommandFlag.Write);

/** Users of connections, as {@link Carrier.user} has them, to whom MULTI is known to be allowed. */
const proven = new WeakSet<object>();

/** Whether transactions are known to be allowed on a connection; an empty one there makes it so. */
export function isProven(carrier: Carrier): boolean {
  return proven.has(carrier.user);
}

/**
 * A transaction through all its attempts: MULTI, the commands and EXEC, in one
 * piece. Its reply is that of EXEC; what the server refused before is told
 * instead of the EXECABORT that follows from it.
 *
 * A user who may not run MULTI would have the commands behind it executed one
 * by one (measured on Redis 7.0, 8.6 and Valkey 9.1). So the first one on each
 * connection is preceded by an empty transaction, and waits for its reply.
 */
export class TransactionCall extends LeasedCall implements RequestGroup {
  outstanding = 0;
  /** Only asks whether transactions are allowed here. */
  probing = false;
  private refusal: ErrorReply | undefined;
  private multiRefusal: ErrorReply | undefined;
  private queueReplies = 0;
  /** Whom the server executes it for. */
  private user: object | undefined;

  constructor(
    sink: RequestSink<any>,
    readonly commands: readonly TransactedCommand[],
    slot: number,
    private readonly firstKey: string | Buffer | undefined,
    resolve: CallResolve,
    reject: CallReject,
    startedAt: number,
    deadline: number,
    lease: Lease | undefined,
  ) {
    const reads = commands.every(
      ({ spec }) => (spec.flags & CommandFlag.ReadOnly) !== 0,
    );
    super(
      sink,
      reads ? READ_ONLY : WRITING,
      // for its size only: each command stands for 16 bytes more
      commands.flatMap(({ spec, args }) => [spec.name, ...args]),
      slot,
      resolve,
      reject,
      commands.reduce((all, { format }) => all | format, 0) & ~ReplyFormat.Sets,
      startedAt,
      deadline,
      lease,
    );
  }

  override get key(): string | Buffer | undefined {
    return this.firstKey;
  }

  /** The server refused MULTI, and has executed what stood behind it one by one. */
  get fellApart(): ErrorReply | undefined {
    return this.probing ? undefined : this.multiRefusal;
  }

  encode(encoder: Encoder, carrier: Carrier): void {
    this.refusal = undefined;
    this.multiRefusal = undefined;
    this.user = carrier.user;
    this.probing = this.commands.length > 0 && !proven.has(carrier.user);
    const commands = this.probing ? [] : this.commands;
    if (this.asking) encoder.command(ASKING, NO_ARGUMENTS);
    encoder.command(MULTI, NO_ARGUMENTS);
    for (const { spec, args } of commands) encoder.command(spec.wire, args);
    encoder.command(EXEC, NO_ARGUMENTS);
    this.queueReplies = commands.length;
    this.outstanding = commands.length + (this.asking ? 3 : 2);
  }

  takes(reply: unknown): boolean {
    this.outstanding -= 1;
    if (this.outstanding === 0) return true;
    if (!(reply instanceof ErrorReply)) return false;
    if (this.outstanding <= this.queueReplies) this.noteRefusal(reply);
    else this.multiRefusal ??= reply;
    return false;
  }

  /** What the reply of EXEC stands for. */
  outcome(reply: unknown): unknown {
    if (this.multiRefusal !== undefined) return this.multiRefusal;
    if (!(reply instanceof ErrorReply)) proven.add(this.user!);
    return reply instanceof ErrorReply && reply.prefix === 'EXECABORT'
      ? (this.refusal ?? reasonOf(reply))
      : reply;
  }

  /**
   * Of several refusals one decides: one that is final; else MOVED; and
   * TRYAGAIN before ASK, since the importing node would say the same.
   */
  private noteRefusal(reply: ErrorReply): void {
    const { refusal } = this;
    if (
      refusal === undefined ||
      rank(reply, this.slot) < rank(refusal, this.slot)
    ) {
      this.refusal = reply;
    }
  }
}

function rank(reply: ErrorReply, slot: number): number {
  const { kind } = classifyRefusal(reply, slot, false);
  return ['final', 'moved', 'retry', 'ask'].indexOf(kind);
}

/** `EXECABORT Transaction discarded because of: OOM command not allowed ...`: the server's reason, as any command would have it. */
function reasonOf(reply: ErrorReply): ErrorReply {
  const [, reason] = reply.message.split('because of: ');
  return reason === undefined ? reply : new ErrorReply(reason);
}
