import { connect, type Socket } from 'node:net';
import { ConnectionError } from '../../lib/errors/connection-error.js';
import { ReplyError } from '../../lib/errors/reply-error.js';
import { Decoder, INCOMPLETE, Push } from '../../lib/protocol/decoder.js';
import { Encoder, encodeWords } from '../../lib/protocol/encoder.js';
import { ErrorReply } from '../../lib/protocol/error-reply.js';

/** Where a raw connection goes. */
export interface RawAddress {
  readonly host: string;
  readonly port: number;
}

interface Pending {
  resolve(reply: unknown): void;
  reject(error: Error): void;
}

/**
 * A bare pipelined connection to one server, in RESP3: what tests use where the
 * client's own connections are not the subject.
 */
export class RawConnection {
  readonly #encoder = new Encoder();
  readonly #decoder = new Decoder();
  readonly #pending: Pending[] = [];
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
    if (!this.#usable) return Promise.reject(new ConnectionError('closed'));
    this.#encoder.command(encodeWords([String(args[0])]), args.slice(1));
    if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(() => this.#flush());
    }
    return new Promise((resolve, reject) => {
      this.#pending.push({ resolve, reject });
    });
  }

  destroy(): void {
    this.socket.destroy();
    this.#lost(new Error('destroyed'));
  }

  #flush(): void {
    this.#flushing = false;
    const bytes = this.#encoder.take();
    this.#encoder.retire();
    this.socket.write(Buffer.isBuffer(bytes) ? bytes : Buffer.concat(bytes));
  }

  #read(chunk: Buffer): void {
    this.#decoder.feed(chunk, 0, chunk.length);
    for (
      let reply = this.#decoder.next();
      reply !== INCOMPLETE;
      reply = this.#decoder.next()
    ) {
      if (reply instanceof Push) continue;
      const pending = this.#pending.shift();
      if (reply instanceof ErrorReply) {
        pending?.reject(new ReplyError(reply.message));
      } else pending?.resolve(reply);
    }
  }

  #lost(cause: Error): void {
    if (!this.#usable) return;
    this.#usable = false;
    for (const pending of this.#pending.splice(0)) {
      pending.reject(new ConnectionError('connection lost', { cause }));
    }
  }
}
