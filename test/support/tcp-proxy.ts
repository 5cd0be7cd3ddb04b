import {
  connect,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';

/** Which way bytes go. */
export type Direction = 'toServer' | 'toClient';

/** Looks at what passes, and may answer in the server's place. */
export interface ProxyTap {
  /**
   * Bytes of a client, as they came.
   *
   * @param connection the same object for all bytes of one connection
   * @returns what the client is answered; the server never sees the bytes then
   */
  request(connection: object, bytes: Buffer): Buffer | undefined;
  /** Bytes of the server; @returns by how many milliseconds they are late. */
  reply(connection: object, bytes: Buffer): number;
}

/** What one direction does with the bytes that come. */
interface Lane {
  bytes: number;
  delayMs: number;
  frozen: boolean;
  splitting: boolean;
}

/**
 * A TCP proxy in front of one node, in this process: what a network does to a
 * client, on command and without rights.
 */
export class TcpProxy implements AsyncDisposable {
  private readonly lanes: Record<Direction, Lane> = {
    toServer: { bytes: 0, delayMs: 0, frozen: false, splitting: false },
    toClient: { bytes: 0, delayMs: 0, frozen: false, splitting: false },
  };
  private readonly connections = new Set<ProxiedConnection>();
  private accepted = 0;
  private refusing = false;

  private constructor(
    private readonly server: Server,
    target: { readonly host: string; readonly port: number },
    tap: ProxyTap | undefined,
  ) {
    server.on('connection', (client) => {
      this.accepted += 1;
      if (this.refusing) {
        client.resetAndDestroy();
        return;
      }
      const upstream = connect({ host: target.host, port: target.port });
      const connection = new ProxiedConnection(
        client,
        upstream,
        this.lanes,
        tap,
      );
      this.connections.add(connection);
      connection.closed.then(
        () => this.connections.delete(connection),
        () => undefined,
      );
    });
  }

  /** Listens on a free loopback port. */
  static async open(
    target: { readonly host: string; readonly port: number },
    tap?: ProxyTap,
  ): Promise<TcpProxy> {
    const server = createServer({ noDelay: true, allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: '127.0.0.1', port: 0 }, resolve);
    });
    return new TcpProxy(server, target, tap);
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** As a client names it: `127.0.0.1:port`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.connections.size;
  }

  /** Connections ever made, refused ones included. */
  get acceptedConnections(): number {
    return this.accepted;
  }

  /** Bytes that came in from one side, whether they were passed on or not. */
  bytes(direction: Direction): number {
    return this.lanes[direction].bytes;
  }

  /** Holds bytes back: the sockets stay open and silent. What is held goes out at {@link thaw}. */
  freeze(...directions: Direction[]): void {
    for (const lane of this.select(directions)) lane.frozen = true;
  }

  thaw(...directions: Direction[]): void {
    for (const lane of this.select(directions)) lane.frozen = false;
    this.pump();
  }

  /** Loses what comes from now on over the connections that are open; new ones work. */
  swallow(direction: Direction): void {
    for (const connection of this.connections) connection.swallow(direction);
  }

  /** Passes bytes on this much later. */
  delay(milliseconds: number, ...directions: Direction[]): void {
    for (const lane of this.select(directions)) lane.delayMs = milliseconds;
  }

  /** Writes every byte by itself, each in a turn of its own. */
  split(on: boolean, ...directions: Direction[]): void {
    for (const lane of this.select(directions)) lane.splitting = on;
  }

  /** Ends all connections: with FIN to both sides, or with RST to the client. */
  cut(how: 'fin' | 'rst' = 'fin'): void {
    for (const connection of this.connections) connection.cut(how);
  }

  /** Ends each connection in the middle of the next bytes that go to its client. */
  cutMidReply(how: 'fin' | 'rst'): void {
    for (const connection of this.connections) connection.cutMidReply(how);
  }

  /** Leaves all connections half-open: the server's side ends, the client's stays open and silent. */
  halfOpen(): void {
    for (const connection of this.connections) connection.forgetServer();
  }

  /** Resets new connections at once; `false`: accepts them again. */
  refuse(on = true): void {
    this.refusing = on;
  }

  async close(): Promise<void> {
    for (const connection of this.connections) connection.destroy();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private select(directions: readonly Direction[]): Lane[] {
    const chosen: readonly Direction[] =
      directions.length === 0 ? ['toServer', 'toClient'] : directions;
    return chosen.map((direction) => this.lanes[direction]);
  }

  private pump(): void {
    for (const connection of this.connections) connection.pump();
  }
}

class ProxiedConnection {
  readonly closed: Promise<unknown>;
  private readonly flows: Record<Direction, Flow>;
  private cutting: 'fin' | 'rst' | undefined;
  private forgotten = false;

  constructor(
    private readonly client: Socket,
    private readonly upstream: Socket,
    lanes: Record<Direction, Lane>,
    tap: ProxyTap | undefined,
  ) {
    const replies = new Flow(client, lanes.toClient);
    const requests = new Flow(upstream, lanes.toServer);
    this.flows = { toServer: requests, toClient: replies };
    client.on('data', (bytes: Buffer) => {
      const answer = tap?.request(this, bytes);
      if (answer === undefined) requests.pass(bytes);
      else replies.pass(answer);
    });
    upstream.on('data', (bytes: Buffer) => {
      if (this.cutting === undefined || bytes.length < 2) {
        replies.pass(bytes, tap?.reply(this, bytes));
        return;
      }
      const how = this.cutting;
      this.forgetServer();
      client.write(bytes.subarray(0, bytes.length >> 1), () => this.cut(how));
    });
    client.once('end', () => requests.end());
    upstream.once('end', () => replies.end());
    this.closed = Promise.all(
      [client, upstream].map(
        (socket) => new Promise((resolve) => socket.once('close', resolve)),
      ),
    );
    client.once('close', () => upstream.destroy());
    upstream.once('close', () => {
      if (!this.forgotten) client.destroy();
    });
    // an error is followed by close, which is what counts here
    for (const socket of [client, upstream]) {
      socket.on('error', () => undefined);
    }
  }

  cut(how: 'fin' | 'rst'): void {
    if (how === 'rst') this.client.resetAndDestroy();
    else this.client.destroySoon();
    this.upstream.destroy();
  }

  cutMidReply(how: 'fin' | 'rst'): void {
    this.cutting = how;
  }

  swallow(direction: Direction): void {
    this.flows[direction].swallow();
  }

  /** The server's side ends, and the client hears nothing of it. */
  forgetServer(): void {
    this.forgotten = true;
    this.upstream.destroy();
  }

  destroy(): void {
    this.client.destroy();
    this.upstream.destroy();
  }

  pump(): void {
    for (const flow of Object.values(this.flows)) flow.pump();
  }
}

/** One direction of one connection. */
class Flow {
  private readonly held: { readonly due: number; readonly bytes: Buffer }[] =
    [];
  private timer: NodeJS.Timeout | NodeJS.Immediate | undefined;
  private ended = false;
  private swallowing = false;

  constructor(
    private readonly sink: Socket,
    private readonly lane: Lane,
  ) {}

  /** @param lateMs on top of what the lane delays */
  pass(bytes: Buffer, lateMs = 0): void {
    const { lane } = this;
    lane.bytes += bytes.length;
    if (this.swallowing) return;
    this.held.push({ due: performance.now() + lane.delayMs + lateMs, bytes });
    this.pump();
  }

  swallow(): void {
    this.swallowing = true;
  }

  end(): void {
    this.ended = true;
    this.pump();
  }

  pump(): void {
    if (this.timer !== undefined || this.lane.frozen) return;
    while (this.held[0] !== undefined) {
      const { due, bytes } = this.held[0];
      const wait = due - performance.now();
      if (wait > 0) {
        this.timer = setTimeout(() => this.resume(), wait);
        return;
      }
      this.held.shift();
      if (this.lane.splitting && bytes.length > 1) {
        this.held.unshift({ due, bytes: bytes.subarray(1) });
        this.sink.write(bytes.subarray(0, 1));
        this.timer = setImmediate(() => this.resume());
        return;
      }
      this.sink.write(bytes);
    }
    if (this.ended) this.sink.end();
  }

  private resume(): void {
    this.timer = undefined;
    this.pump();
  }
}
