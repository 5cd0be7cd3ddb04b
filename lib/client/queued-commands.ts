import {
  EXECUTE,
  REFUSE,
  type RefusingHost,
} from '../commands/command-host.js';
import type { Argument, CommandSpec } from '../commands/command-spec.js';
import type { TypedCommands } from '../commands/typed-commands.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { Commands, type UnknownCommand } from './commands.js';
import { QueuedReply } from './queued-reply.js';

/** A method that queues its command; of up to three overloads each keeps its own. */
export type Queued<Method> = Method extends {
  (...args: infer First): Promise<infer FirstReply>;
  (...args: infer Second): Promise<infer SecondReply>;
  (...args: infer Third): Promise<infer ThirdReply>;
}
  ? {
      (...args: First): QueuedReply<FirstReply>;
      (...args: Second): QueuedReply<SecondReply>;
      (...args: Third): QueuedReply<ThirdReply>;
    }
  : never;

/** Those whose reply the caller names: inferred, they would lose the name. */
export type NamedReplies =
  'eval' | 'evalRo' | 'evalsha' | 'evalshaRo' | 'fcall' | 'fcallRo';

type Arguments<Method> = Method extends (...args: infer Given) => unknown
  ? Given
  : never;

/**
 * The commands, as a pipeline or transaction queues them: the same methods,
 * which send nothing yet and give a {@link QueuedReply}. A call that cannot be
 * made as asked throws its `ConfigurationError` at once, and names the place.
 *
 * @publicApi
 */
export type QueuedCommands<Text extends string | Buffer = string> = {
  readonly [Name in Exclude<keyof TypedCommands, NamedReplies>]: Queued<
    TypedCommands<Text>[Name]
  >;
} & {
  readonly [Name in NamedReplies]: <Reply = unknown>(
    ...args: Arguments<TypedCommands<Text>[Name]>
  ) => QueuedReply<Reply>;
} & {
  /** Queues any command by its words, as `call` of the client runs it. */
  call<Reply = any>(
    ...words: (Argument | UnknownCommand)[]
  ): QueuedReply<Reply>;
};

/** What the callback of a pipeline or transaction may return: the replies it wants, or nothing. @publicApi */
export type WantedReplies = readonly QueuedReply<any>[] | [] | void;

/**
 * The results of queued replies, place by place; of all commands in the order
 * of the calls where the callback returned nothing.
 *
 * @publicApi
 */
export type RepliesOf<Wanted> = Wanted extends readonly QueuedReply<any>[]
  ? {
      -readonly [Place in keyof Wanted]: Wanted[Place] extends QueuedReply<
        infer Reply
      >
        ? Reply
        : never;
    }
  : unknown[];

/** What a callback has queued. */
export interface QueuedBatch {
  /** The commands, in the order of the calls. */
  readonly commands: readonly QueuedReply[];
  /** Those whose results are wanted, in that order: what the callback returned, or all. */
  readonly wanted: readonly QueuedReply[];
}

/**
 * Runs the callback of a pipeline or transaction and takes what it queues.
 *
 * @param what the method it was given to, for errors
 * @throws {ConfigurationError} when a command cannot be made as asked, when the
 *   callback is asynchronous, or returns anything but replies of its own
 * @throws whatever the callback throws
 */
export function queueCommands(
  what: 'pipeline' | 'transaction',
  callback: (queue: QueuedCommands<any>) => WantedReplies,
): QueuedBatch {
  if (typeof callback !== 'function') {
    throw new ConfigurationError(`${what}: expected a function`);
  }
  const queue = new CommandQueue(what);
  let returned: unknown;
  try {
    // the methods are those of `Commands`; their types say what comes of EXECUTE
    returned = callback(queue as unknown as QueuedCommands<any>);
  } finally {
    queue.close();
  }
  return { commands: queue.commands, wanted: queue.wanted(returned) };
}

/** The host on which a callback calls commands. */
class CommandQueue extends Commands<any> implements RefusingHost {
  readonly commands: QueuedReply[] = [];
  private closed = false;

  constructor(private readonly what: string) {
    super();
  }

  override [EXECUTE](spec: CommandSpec, args: Argument[]): any {
    if (this.closed) this.refuseLate(spec);
    const queued = new QueuedReply(spec, args, this.commands.length);
    this.commands.push(queued);
    return queued;
  }

  /** Nobody would wait for a rejected promise here. */
  [REFUSE](error: ConfigurationError): never {
    throw new ConfigurationError(
      `Command ${this.commands.length + 1} of the ${this.what}: ${error.message}`,
      { command: error.command, cause: error },
    );
  }

  close(): void {
    this.closed = true;
  }

  /** The replies that the callback returned. */
  wanted(returned: unknown): readonly QueuedReply[] {
    if (returned === undefined) return this.commands;
    if (isPromise(returned)) {
      // its failure is told by ours
      Promise.resolve(returned).catch(() => {});
      throw new ConfigurationError(
        `${this.what}: the callback must not be asynchronous: nothing is sent before it has returned. ` +
          'Await what is needed before, and queue the commands with it',
      );
    }
    if (!Array.isArray(returned)) {
      throw new ConfigurationError(
        `${this.what}: the callback must return an array of the replies that are wanted, or nothing`,
      );
    }
    // not forEach: it steps over the holes of an array
    for (let index = 0; index < returned.length; index++) {
      if (this.isOwn(returned[index])) continue;
      throw new ConfigurationError(
        `${this.what}: element ${index} of what the callback returned is no reply that was queued in it`,
      );
    }
    return returned as QueuedReply[];
  }

  private isOwn(reply: unknown): boolean {
    return (
      reply instanceof QueuedReply && this.commands[reply.position] === reply
    );
  }

  private refuseLate({ name }: CommandSpec): never {
    throw new ConfigurationError(
      `${name}: the ${this.what} is closed: its callback has returned`,
      { command: name },
    );
  }
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !(value instanceof QueuedReply) &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
