import type { FoundCommand } from '../../commands/command-table.js';
import { CommandFlag } from '../../commands/command-spec.js';
import { ReplyError } from '../../errors/reply-error.js';
import { ErrorReply } from '../../protocol/error-reply.js';
import { ReplyFormat } from '../../protocol/reply-format.js';
import { openScopes } from '../../replication/scope/open-scopes.js';
import { clock } from '../../time/clock.js';
import type { CallFactory } from '../calls/call-factory.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { ExclusiveSession } from './exclusive-session.js';
import type { LeasedCallSink } from './leased-call-sink.js';
import { narrowReply } from '../calls/narrow-reply.js';
import { formatOf } from '../calls/reply-shape.js';
import { documentedReply } from '../calls/settled-reply.js';
import { TransactionCall, type TransactedCommand } from './transaction-call.js';
import {
  asTransacted,
  planTransaction,
  type RouteChoice,
} from './transaction-plan.js';

/**
 * What the commands of a transaction gave, in their order: values, and a
 * `ReplyError` for each that failed when it was executed. Null when a watched
 * key had changed, and nothing was executed.
 */
export type TransactionReplies = unknown[] | null;

/** Runs transactions. */
export class Transactions {
  constructor(
    private readonly calls: CallFactory,
    private readonly sink: LeasedCallSink,
  ) {}

  /**
   * @param session the connection it has to go on; the shared one without
   * @throws what `planTransaction` throws; nothing is sent then
   */
  run(
    commands: readonly FoundCommand[],
    choice: RouteChoice | undefined,
    settings: CallSettings,
    session: ExclusiveSession | undefined,
  ): Promise<TransactionReplies> {
    settings.signal?.throwIfAborted();
    // on a connection of its own the empty one asks whether the watch still holds
    if (commands.length === 0 && session === undefined) {
      return Promise.resolve([]);
    }
    const { slot, key } =
      commands.length === 0
        ? { slot: -1, key: undefined }
        : planTransaction(commands, session?.route ?? choice);
    const transacted = commands.map((command): TransactedCommand => {
      const { spec, args } = asTransacted(command);
      return { spec, args, format: formatOf(spec, settings.format) };
    });
    const replies = new Promise<TransactionReplies>((resolve, reject) => {
      const now = clock.refresh();
      const call = new TransactionCall(
        this.sink,
        transacted,
        slot,
        key,
        function (reply) {
          resolve(repliesOf(this as TransactionCall, reply));
        },
        reject,
        now,
        now + settings.timeoutMs,
        session?.lease,
      );
      session?.bind(call, undefined);
      if (openScopes !== 0) this.calls.joinScope(call);
      this.calls.start([call], settings.signal);
    });
    return session === undefined ? replies : session.endsWith(replies);
  }
}

function repliesOf(call: TransactionCall, reply: unknown): TransactionReplies {
  if (!Array.isArray(reply)) return null;
  return call.commands.map((command, index) =>
    documented(call, command, reply[index]),
  );
}

/** The reply of one command, as it would be outside. */
function documented(
  call: TransactionCall,
  { spec, args, format }: TransactedCommand,
  reply: unknown,
): unknown {
  const context = (): object => ({ ...call.context(), command: spec.name });
  if (reply instanceof ErrorReply) {
    return new ReplyError(reply.message, context());
  }
  const read = narrowReply(reply, call.format, format | ReplyFormat.Sets);
  const runsScript = (spec.flags & CommandFlag.Script) !== 0;
  try {
    return documentedReply({ spec, args, format, runsScript, context }, read);
  } catch (error) {
    return error;
  }
}
