import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { ConnectionError } from '../errors/connection-error.js';
import { ReplyError } from '../errors/reply-error.js';
import { TimeoutError } from '../errors/timeout-error.js';
import type { Argument } from '../protocol/argument.js';
import { Decoder, INCOMPLETE } from '../protocol/decoder.js';
import { Encoder, encodeWords } from '../protocol/encoder.js';
import { ReplyFormat } from '../protocol/reply-format.js';
import { ErrorReply } from '../protocol/error-reply.js';

/** How an administrator reaches one node. @internal */
export interface AdminAddress {
  readonly host: string;
  readonly port: number;
  /** The certificate authority to trust; undefined: plain TCP. */
  readonly ca?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** No admin command of this package takes longer on a node that is alive, however busy the machine. */
const COMMAND_TIMEOUT_MS = 60_000;

/** The name and the arguments. @internal */
export type AdminCommand = readonly [name: string, ...args: Argument[]];

interface Waiting {
  readonly command: string;
  readonly binary: boolean;
  readonly resolve: (reply: unknown) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A plain RESP2 connection to one node, for administration: no routing, no
 * redirects, no repeats.
 *
 * @internal
 */
export class AdminConnection {
  private readonly waiting: Waiting[] = [];
  private readonly decoder = new Decoder();
  private timer: NodeJS.Timeout | undefined;
  private ended: Error | undefined;

  private constructor(
    private readonly socket: Socket,
    private readonly node: string,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', (error) => this.end(error));
    socket.on('close', () => this.end(undefined));
  }

  /** Connects and authenticates. */
  static async open(address: AdminAddress): Promise<AdminConnection> {
    const { host, port, ca, username, password } = address;
    const socket =
      ca === undefined
        ? connectTcp({ host, port })
        : connectTls({ host, port, ca });
    const connection = new AdminConnection(socket, `${host}:${port}`);
    if (password !== undefined) {
      await connection.command(['AUTH', username ?? 'default', password]);
    }
    return connection;
  }

  get usable(): boolean {
    return this.ended === undefined;
  }

  /**
   * Sends a command now and resolves to its reply.
   *
   * @param binary whether strings of the reply are Buffers
   * @throws ReplyError for the server's error
   * @throws TimeoutError after 60 s without a reply, as a frozen node gives
   */
  command(words: AdminCommand, binary = false): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended !== undefined) {
        reject(this.ended);
        return;
      }
      const [name, ...args] = words;
      this.waiting.push({ command: name, binary, resolve, reject });
      this.socket.ref();
      this.watch();
      this.socket.write(encode(name, args));
    });
  }

  close(): void {
    this.end(undefined);
  }

  private take(chunk: Buffer): void {
    this.decoder.feed(chunk, 0, chunk.length);
    try {
      while (this.settleNext());
    } catch (error) {
      this.end(error as Error);
      return;
    }
    clearTimeout(this.timer);
    this.timer = undefined;
    // an idle connection must not keep the process alive
    if (this.waiting.length === 0) this.socket.unref();
    else this.watch();
  }

  private settleNext(): boolean {
    this.decoder.format = this.waiting[0]?.binary ? ReplyFormat.Buffers : 0;
    const reply = this.decoder.next();
    if (reply === INCOMPLETE) return false;
    const asked = this.waiting.shift();
    if (reply instanceof ErrorReply) {
      asked?.reject(
        new ReplyError(reply.message, {
          command: asked.command,
          node: this.node,
        }),
      );
    } else {
      asked?.resolve(reply);
    }
    return true;
  }

  private watch(): void {
    this.timer ??= setTimeout(() => {
      const { timer } = this;
      // behind the poll phase: after a stall of this process, replies lie there unread
      setImmediate(() => {
        if (this.timer === timer) this.end(this.noReply());
      });
    }, COMMAND_TIMEOUT_MS);
  }

  private noReply(): TimeoutError {
    return new TimeoutError(
      `${this.waiting[0]?.command} had no reply from ${this.node} in ${COMMAND_TIMEOUT_MS} ms`,
      'flight',
      { node: this.node },
    );
  }

  private end(cause: Error | undefined): void {
    if (this.ended !== undefined) return;
    this.ended =
      cause instanceof TimeoutError
        ? cause
        : new ConnectionError(
            `The connection to ${this.node} ${cause === undefined ? 'is closed' : `failed: ${cause.message}`}`,
            { node: this.node, cause },
          );
    clearTimeout(this.timer);
    this.socket.destroy();
    for (const asked of this.waiting.splice(0)) asked.reject(this.ended);
  }
}

/** Shared: encoding and copying out are one synchronous step. */
const encoder = new Encoder();

function encode(name: string, args: readonly Argument[]): Buffer {
  encoder.command(encodeWords([name]), args);
  const bytes = Buffer.concat([encoder.take()].flat());
  encoder.release();
  return bytes;
}
