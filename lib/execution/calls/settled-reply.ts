import { ReplyError } from '../../errors/reply-error.js';
import { ErrorReply } from '../../protocol/error-reply.js';
import type { Argument, CommandSpec } from '../../commands/command-spec.js';
import type { ErrorContext } from '../../errors/redis-cluster-error.js';
import { shapeReply } from './reply-shape.js';

/** A command with a reply: a call, or one command of a transaction. */
export interface Answered {
  readonly spec: CommandSpec;
  readonly args: readonly Argument[];
  readonly format: number;
  readonly runsScript: boolean;
  context(): ErrorContext;
}

/** The reply as the caller gets it: in the documented shape, errors inside it as errors. */
export function documentedReply(call: Answered, reply: unknown): unknown {
  const { reply: transform } = call.spec;
  const { format } = call;
  let shaped = shapeReply(call.spec, reply, format);
  if (transform !== undefined && shaped === reply) {
    shaped = transform(reply, call.args);
  }
  // only scripts, functions and commands of modules put errors into lists
  return call.runsScript || call.spec.name.includes('.')
    ? withErrors(shaped, call)
    : shaped;
}

function withErrors(value: unknown, call: Answered): unknown {
  if (value instanceof ErrorReply) {
    return new ReplyError(value.message, call.context());
  }
  return Array.isArray(value)
    ? value.map((element) => withErrors(element, call))
    : value;
}
