import { ReplyError } from '../errors/reply-error.js';
import { ErrorReply } from '../protocol/error-reply.js';
import type { Call } from './call.js';
import { shapeReply } from './reply-shape.js';

/** The reply as the caller gets it: in the documented shape, errors inside it as errors. */
export function documentedReply(call: Call, reply: unknown): unknown {
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

function withErrors(value: unknown, call: Call): unknown {
  if (value instanceof ErrorReply) {
    return new ReplyError(value.message, call.context());
  }
  return Array.isArray(value)
    ? value.map((element) => withErrors(element, call))
    : value;
}
