import {
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { Decoder, INCOMPLETE } from '../../lib/protocol/decoder.js';

/** A reply as bytes that go out as they are: made by `resp`, or anything malformed. */
export class RawReply {
  constructor(readonly bytes: Buffer) {}
}

/** An error reply. */
export class ErrorText {
  constructor(readonly text: string) {}
}

/**
 * What a handler answers: strings become bulk strings, numbers integers, null
 * the protocol's null, arrays arrays, Maps maps (flat arrays under RESP2). Nothing is sent for
 * undefined: the command hangs.
 */
export type ScriptedReply =
  | string
  | number
  | null
  | undefined
  | Buffer
  | RawReply
  | ErrorText
  | readonly ScriptedReply[]
  | ReadonlyMap<string, ScriptedReply>;

/** Answers one command. */
export type Handler = (
  command: string[],
  connection: ScriptedConnection,
) => ScriptedReply | Promise<ScriptedReply>;

/** `+OK` */
export const OK = new RawReply(Buffer.from('+OK\r\n'));

/** Bytes as they are. */
export const raw = (bytes: string | Buffer): RawReply =>
  new RawReply(Buffer.from(bytes as string));

/** An error reply with this text. */
export const error = (text: string): ErrorText => new ErrorText(text);

/** `MOVED slot host:port` */
export const moved = (slot: number, address: string): ErrorText =>
  error(`MOVED ${slot} ${address}`);

/** `ASK slot host:port` */
export const ask = (slot: number, address: string): ErrorText =>
  error(`ASK ${slot} ${address}`);

/** Encodes a reply. */
export function encodeReply(reply: ScriptedReply, protocol: 2 | 3): Buffer {
  if (reply instanceof RawReply) return reply.bytes;
  if (reply instanceof ErrorText) return Buffer.from(`-${reply.text}\r\n`);
  if (reply === null || reply === undefined) {
    return Buffer.from(protocol === 3 ? '_\r\n' : '$-1\r\n');
  }
  if (typeof reply === 'number') return Buffer.from(`:${reply}\r\n`);
  if (typeof reply === 'string' || Buffer.isBuffer(reply)) {
    const bytes = Buffer.from(reply as string);
    return Buffer.concat([
      Buffer.from(`$${bytes.length}\r\n`),
      bytes,
      Buffer.from('\r\n'),
    ]);
  }
  const isMap = reply instanceof Map;
  const items: ScriptedReply[] = isMap
    ? [...(reply as ReadonlyMap<string, ScriptedReply>)].flat()
    : [...(reply as readonly ScriptedReply[])];
  const head =
    isMap && protocol === 3 ? `%${items.length / 2}` : `*${items.length}`;
  return Buffer.concat([
    Buffer.from(`${head}\r\n`),
    ...items.map((item) => encodeReply(item, protocol)),
  ]);
}

/** One client of a {@link ScriptedServer}. */
export class ScriptedConnection {
  /** The commands this client sent, in order. */
  readonly commands: string[][] = [];
  /** The protocol it asked for by HELLO. */
  protocol: 2 | 3 = 2;
  /** Whether replies go out in writes of one byte. */
  splitting = false;
  private readonly decoder = new Decoder();
  private work: Promise<void> = Promise.resolve();

  constructor(
    readonly socket: Socket,
    private readonly answer: Handler,
  ) {
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      this.decoder.feed(chunk, 0, chunk.length);
      for (;;) {
        const command = this.decoder.next();
        if (command === INCOMPLETE) break;
        // replies keep the order of the commands, however long a handler takes
        const words = command as string[];
        this.commands.push(words);
        this.work = this.work.then(() => this.reply(words));
      }
    });
  }

  /** Sends bytes that no command asked for, such as a push. */
  async send(bytes: string | Buffer): Promise<void> {
    const buffer = Buffer.from(bytes as string);
    if (!this.splitting) {
      this.socket.write(buffer);
      return;
    }
    for (const byte of buffer) {
      this.socket.write(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Ends the connection: FIN, or RST. */
  drop(how: 'fin' | 'rst' = 'fin'): void {
    if (how === 'rst') this.socket.resetAndDestroy();
    else this.socket.destroy();
  }

  private async reply(command: string[]): Promise<void> {
    const reply = await this.answer(command, this);
    if (reply === undefined || this.socket.destroyed) return;
    await this.send(encodeReply(reply, this.protocol));
  }
}

/**
 * A server on loopback that answers what the test says: for redirects,
 * malformed replies and silences that no real server gives on demand. It knows
 * no command by itself: see {@link withHandshake}.
 */
export class ScriptedServer implements AsyncDisposable {
  /** All connections ever made, closed ones included. */
  readonly connections: ScriptedConnection[] = [];
  /** Answers the commands; may be changed at any time. */
  handler: Handler;

  private constructor(
    private readonly server: Server,
    handler: Handler,
  ) {
    this.handler = handler;
    server.on('connection', (socket) => {
      this.connections.push(
        new ScriptedConnection(socket, (command, connection) =>
          this.handler(command, connection),
        ),
      );
    });
  }

  /**
   * Listens on loopback.
   *
   * @param where `127.0.0.1` and a free port unless said otherwise
   */
  static async open(
    handler: Handler,
    where: { readonly host?: string; readonly port?: number } = {},
  ): Promise<ScriptedServer> {
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0, ...where }, resolve);
    });
    return new ScriptedServer(server, handler);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** `host:port` */
  get address(): string {
    const { address } = this.server.address() as AddressInfo;
    return `${address}:${this.port}`;
  }

  /** All commands of all connections, by connection; of one name where it is given. */
  commands(name?: string): string[][] {
    return this.connections
      .flatMap(({ commands }) => commands)
      .filter(([word]) => name === undefined || word?.toUpperCase() === name);
  }

  get openConnections(): ScriptedConnection[] {
    return this.connections.filter(({ socket }) => !socket.destroyed);
  }

  async close(): Promise<void> {
    for (const { socket } of this.connections) socket.destroy();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Answers what every client says first (HELLO, AUTH, CLIENT, PING, READONLY,
 * ASKING) and leaves the rest to the handler.
 */
export function withHandshake(
  handler: Handler,
  options: {
    readonly protocol?: 2 | 3;
    /** What it says that it is; by default a server that the command table is made from. */
    readonly version?: () => string | undefined;
  } = {},
): Handler {
  return (command, connection) => {
    const [name = '', wanted] = command;
    switch (name.toUpperCase()) {
      case 'HELLO':
        if (options.protocol === 2) {
          return error(`ERR unknown command 'HELLO'`);
        }
        if (wanted === '2' || wanted === '3') {
          connection.protocol = wanted === '3' ? 3 : 2;
        }
        return new Map<string, ScriptedReply>([
          ['server', 'redis'],
          ['version', options.version?.() ?? '7.0.15'],
          ['proto', connection.protocol],
          ['id', 1],
          ['mode', 'cluster'],
          ['role', 'master'],
          ['modules', []],
        ]);
      case 'AUTH':
      case 'CLIENT':
      case 'READONLY':
      case 'ASKING':
        return OK;
      case 'PING':
        return raw('+PONG\r\n');
      default:
        return handler(command, connection);
    }
  };
}
