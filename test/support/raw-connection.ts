import { connect, type Socket } from 'node:net';
import { ConnectionError } from '../../lib/errors/connection-error.js';
import { ReplyError } from '../../lib/errors/reply-error.js';
import { Decoder, INCOMPLETE, Push } from '../../lib/protocol/decoder.js';
import {
  type EncodedWords,
  Encoder,
  encodeWords,
} from '../../lib/protocol/encoder.js';
import { ErrorReply } from '../../lib/protocol/error-reply.js';

/** Where a raw connection goes. */
export interface RawAddress {
  readonly host: string;
  readonly port: number;
}

interface Pending {
  replied(reply: unknown): void;
  lost(error: Error): void;
}

const known = new Map<string, EncodedWords>();

function words(name: string): EncodedWords {
  let encoded = known.get(name);
  if (encoded === undefined) known.set(name, (encoded = encodeWords([name])));
  return encoded;
}

/**
 * A bare pipelined connection to one server, in RESP3: what tests use where the
 * client's own connections are not the subject.
 */
export class RawConnection {
  readonly #encoder = new Encoder();
  readonly #decoder = new Decoder();
  readonly #pending: Pending[] = [];
  #answered = 0;
  #usable = true;
  #flushing = false;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', (error) => this.#lost(error));
    socket.on('close', () => this.#lost(new Error('closed')));
  }

  /** @param user AUTH `username password` */
  static async open(
    { host, port }: RawAddress,
    user: readonly string[] = [],
  ): Promise<RawConnection> {
    const socket = await new Promise<Socket>((resolve, reject) => {
      const opening = connect({ host, port }, () => resolve(opening));
      opening.once('error', (cause) =>
        reject(new ConnectionError('not connected', { cause })),
      );
    });
    const connection = new RawConnection(socket);
    await connection.send([
      'HELLO',
      3,
      ...(user.length === 0 ? [] : ['AUTH', ...user]),
    ]);
    return connection;
  }

  get usable(): boolean {
    return this.#usable;
  }

  send(args: readonly (string | Buffer | number)[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#append(args, {
        replied: (reply) =>
          reply instanceof ErrorReply
            ? reject(new ReplyError(reply.message))
            : resolve(reply),
        lost: reject,
      });
    });
  }

  /** {@link send}: a raw connection has no deadlines that a blocking command must be spared from. */
  block(args: readonly (string | number)[]): Promise<unknown> {
    return this.send(args);
  }

  /** Several commands in one write; error replies come as values. */
  exchange(
    commands: readonly (readonly (string | Buffer | number)[])[],
    replied: (reply: unknown, index: number) => void,
  ): Promise<void> {
    return new Promise((resolve, lost) => {
      let index = 0;
      const pending = {
        replied: (reply: unknown) => {
          replied(reply, index);
          index += 1;
          if (index === commands.length) resolve();
        },
        lost,
      };
      for (const command of commands) this.#append(command, pending);
    });
  }

  destroy(): void {
    this.socket.destroy();
    this.#lost(new Error('destroyed'));
  }

  #append(args: readonly (string | Buffer | number)[], pending: Pending): void {
    if (!this.#usable) {
      pending.lost(new ConnectionError('closed'));
      return;
    }
    this.#encoder.command(words(String(args[0])), args.slice(1));
    this.#pending.push(pending);
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    const taken = this.#encoder.take();
    const bytes = Buffer.isBuffer(taken)
      ? Buffer.from(taken)
      : Buffer.concat(taken);
    this.#encoder.release();
    this.socket.write(bytes);
  }

  #read(chunk: Buffer): void {
    this.#decoder.feed(chunk, 0, chunk.length);
    for (
      let reply = this.#decoder.next();
      // a reply's listener may end the connection
      reply !== INCOMPLETE && this.#usable;
      reply = this.#decoder.next()
    ) {
      if (reply instanceof Push) continue;
      this.#pending[this.#answered]!.replied(reply);
      this.#answered += 1;
      if (this.#answered === this.#pending.length) {
        this.#pending.length = 0;
        this.#answered = 0;
      }
    }
  }

  #lost(cause: Error): void {
    if (!this.#usable) return;
    this.#usable = false;
    for (const pending of this.#pending.splice(this.#answered)) {
      pending.lost(new ConnectionError('connection lost', { cause }));
    }
  }
}
