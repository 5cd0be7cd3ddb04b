import {
  AdminConnection,
  type AdminAddress,
  type AdminCommand,
} from './admin-connection.js';
import { untilNoProblem } from './polling.js';
import { ServerProcess } from './server-process.js';

/** What a node is made of. @internal */
export interface NodeParts {
  readonly index: number;
  readonly host: string;
  readonly port: number;
  readonly scheme: 'redis' | 'rediss';
  readonly hostname: string | undefined;
  readonly roleAtStart: 'primary' | 'replica';
  readonly directory: string;
  readonly admin: AdminAddress;
}

/**
 * One server of a {@link LocalRedisCluster}. What is done to it, the cluster
 * does: `cluster.kill(node)`.
 *
 * @publicApi
 */
export class LocalRedisNode {
  /** Its place in `cluster.nodes` at the start: the primaries first. */
  readonly index: number;
  /** The loopback address it listens on, without brackets. */
  readonly host: string;
  /** The port for clients. The cluster bus uses `port + 10000`. */
  readonly port: number;
  /** The host name it announces, where the cluster announces host names. */
  readonly hostname: string | undefined;
  /** Its role when the cluster was ready, or when it was added. */
  readonly roleAtStart: 'primary' | 'replica';
  /** The folder with the server's `log` and data files. */
  readonly directory: string;
  /** @internal */
  server: ServerProcess | undefined;
  private connection: Promise<AdminConnection> | undefined;
  private nodeId = '';

  /** @internal */
  constructor(private readonly parts: NodeParts) {
    this.index = parts.index;
    this.host = parts.host;
    this.port = parts.port;
    this.hostname = parts.hostname;
    this.roleAtStart = parts.roleAtStart;
    this.directory = parts.directory;
  }

  /** The node id, 40 hex digits; the same after a restart. */
  get id(): string {
    return this.nodeId;
  }

  /** @internal */
  identify(id: string): void {
    this.nodeId = id;
  }

  /** `host:port`; an IPv6 address in brackets. */
  get address(): string {
    const host = this.host.includes(':') ? `[${this.host}]` : this.host;
    return `${host}:${this.port}`;
  }

  /** `redis://host:port`, with TLS `rediss://host:port`. */
  get url(): string {
    return `${this.parts.scheme}://${this.address}`;
  }

  /** The process id of the server; a restart changes it. */
  get pid(): number {
    return this.server?.pid ?? 0;
  }

  /** Whether the process runs, stands still (`freeze`), or has ended. */
  get state(): 'running' | 'frozen' | 'ended' {
    return this.server?.state ?? 'ended';
  }

  /** The words by which a failed start is explained. @internal */
  get lastLogLines(): string {
    return this.server?.lastLines ?? '';
  }

  /** @internal */
  run(command: readonly string[]): void {
    this.server = new ServerProcess(command, this.directory);
  }

  /** Sends a command on this node's admin connection, which is made when first needed. @internal */
  async command(...words: AdminCommand): Promise<unknown> {
    return (await this.admin()).command(words);
  }

  /** The same with Buffers for the reply's strings. @internal */
  async binaryCommand(...words: AdminCommand): Promise<unknown> {
    return (await this.admin()).command(words, true);
  }

  /** Resolves when the server answers and has loaded its data; rejects with its last words when it ended. @internal */
  async untilAnswering(timeoutMs = 60_000): Promise<void> {
    await untilNoProblem(async () => {
      if (this.state === 'ended') {
        throw new Error(
          `The server on ${this.address} ended:\n${this.lastLogLines}`,
        );
      }
      try {
        // the port may be another program's, which says nothing
        const ended = this.server?.exited.then(() => 'it ended');
        const answered = this.command('PING').then(() => undefined);
        return await Promise.race([answered, ended]);
      } catch (error) {
        return `${this.address} does not answer: ${(error as Error).message}`;
      }
    }, timeoutMs);
  }

  /** @internal */
  closeConnection(): void {
    void this.connection?.then(
      (connection) => connection.close(),
      () => undefined,
    );
    this.connection = undefined;
  }

  private async admin(): Promise<AdminConnection> {
    const current = this.connection;
    const known = await current?.catch(() => undefined);
    if (known?.usable === true) return known;
    // the first of those who found it unusable opens one for all of them
    if (this.connection === current || this.connection === undefined) {
      this.connection = AdminConnection.open(this.parts.admin);
    }
    return this.connection;
  }
}
