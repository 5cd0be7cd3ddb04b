import { AsyncLocalStorage } from 'node:async_hooks';
import { tracingChannel } from 'node:diagnostics_channel';

/**
 * The name of the tracing channel of `node:diagnostics_channel` on which every
 * call is published, to whoever subscribes.
 *
 * @publicApi
 */
export const COMMAND_CHANNEL = 'nest-redis-cluster:command';

/** One attempt of a call, or of one of its parts. @publicApi */
export interface CommandAttempt {
  /** The command that was handed over; that of the part where the call has several. */
  readonly command: string;
  /** The node, as `host:port`. */
  readonly node: string;
  /** The slot, where the command has keys. */
  readonly slot: number | undefined;
  /** Whether it followed ASK. */
  readonly asking: boolean;
  /** When it was handed to a connection, as `performance.now()` tells the time. */
  readonly startedAt: number;
  /** Why another attempt followed: the redirect, refusal or loss. */
  error: Error | undefined;
}

/**
 * One call of the application, from its beginning to its end: what a span is
 * made of. Argument values are no part of it.
 *
 * @publicApi
 */
export interface CommandTrace {
  /** The command's name; `PIPELINE` and `MULTI` for those. */
  readonly command: string;
  /** All attempts of all its parts, in the order they began. */
  readonly attempts: readonly CommandAttempt[];
  /** What it rejected with; set before `error` is published. */
  readonly error?: unknown;
  /** What it resolved to; set before `asyncEnd` is published. */
  readonly result?: unknown;
}

/** What an attempt tells of itself. */
interface TracedCall {
  readonly spec: { readonly name: string };
  readonly slot: number;
}

interface OpenTrace extends CommandTrace {
  readonly attempts: CommandAttempt[];
}

const channel = tracingChannel<string, CommandTrace>(COMMAND_CHANNEL);
const { start, asyncEnd, error } = channel;
const running = new AsyncLocalStorage<OpenTrace>();
const traces = new WeakMap<TracedCall, OpenTrace>();
const latest = new WeakMap<TracedCall, CommandAttempt>();

/**
 * How many traces are open in this process. While it is 0, calls need not look
 * for theirs: that is all that tracing costs where nobody subscribes.
 */
export let openTraces = 0;

/** Runs a call, and publishes it if somebody listens. */
export function traced<T>(command: string, run: () => Promise<T>): Promise<T> {
  return isTraced() ? trace(command, run) : run();
}

/** Whether somebody listens; else nothing has to be made for a trace. */
export function isTraced(): boolean {
  return (
    start.hasSubscribers || asyncEnd.hasSubscribers || error.hasSubscribers
  );
}

async function trace<T>(command: string, run: () => Promise<T>): Promise<T> {
  const context: OpenTrace = { command, attempts: [] };
  openTraces += 1;
  try {
    return await channel.tracePromise(() => running.run(context, run), context);
  } finally {
    openTraces -= 1;
  }
}

/** A call was made: its attempts belong to the trace around it. */
export function joinTrace(call: TracedCall): void {
  const context = running.getStore();
  if (context !== undefined) traces.set(call, context);
}

/** A call is handed to a connection. */
export function attemptBegins(
  call: TracedCall,
  node: string,
  asking: boolean,
): void {
  const context = traces.get(call);
  if (context === undefined) return;
  const attempt: CommandAttempt = {
    command: call.spec.name,
    node,
    slot: call.slot === -1 ? undefined : call.slot,
    asking,
    startedAt: performance.now(),
    error: undefined,
  };
  context.attempts.push(attempt);
  latest.set(call, attempt);
}

/** The attempt under way ended so, and another may follow. */
export function attemptFailed(call: TracedCall, cause: Error): void {
  const attempt = latest.get(call);
  if (attempt !== undefined) attempt.error = cause;
}

/** The attempt under way was none: it only looked whether one is possible. */
export function attemptWasNone(call: TracedCall): void {
  const attempts = traces.get(call)?.attempts;
  const attempt = latest.get(call);
  if (attempts === undefined || attempt === undefined) return;
  attempts.splice(attempts.indexOf(attempt), 1);
}
