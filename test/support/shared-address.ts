import { connect, type Socket } from 'node:net';
import type { LocalRedisNode } from '../../lib/testing/index.js';
import { Decoder, INCOMPLETE } from '../../lib/protocol/decoder.js';
import {
  raw,
  ScriptedServer,
  type ScriptedConnection,
} from './scripted-server.js';

/** What is said of a connection, and so to each node behind it. */
const OF_CONNECTIONS = new Set(['HELLO', 'AUTH', 'CLIENT', 'READONLY']);

/**
 * One address for several nodes, as cluster proxies have it: each command goes
 * to the node that is chosen for it, and its reply comes as that node sent it.
 */
export class SharedAddress implements AsyncDisposable {
  private readonly upstreams = new WeakMap<ScriptedConnection, Upstream[]>();
  private readonly open: Upstream[] = [];

  private constructor(
    readonly server: ScriptedServer,
    private readonly nodes: readonly LocalRedisNode[],
    private readonly choose: (command: string[]) => LocalRedisNode,
  ) {
    server.handler = (command, connection) => this.answer(command, connection);
  }

  /** @param choose the node for a command */
  static async open(
    nodes: readonly LocalRedisNode[],
    choose: (command: string[]) => LocalRedisNode,
  ): Promise<SharedAddress> {
    const server = await ScriptedServer.open(() => undefined);
    return new SharedAddress(server, nodes, choose);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.close();
    for (const upstream of this.open) upstream.close();
  }

  private async answer(command: string[], connection: ScriptedConnection) {
    let upstreams = this.upstreams.get(connection);
    if (upstreams === undefined) {
      upstreams = this.nodes.map((node) => new Upstream(node));
      this.upstreams.set(connection, upstreams);
      this.open.push(...upstreams);
    }
    if (OF_CONNECTIONS.has(command[0]!.toUpperCase())) {
      const replies = await Promise.all(
        upstreams.map((one) => one.ask(command)),
      );
      return raw(replies[0]!);
    }
    const index = this.nodes.indexOf(this.choose(command));
    return raw(await upstreams[index]!.ask(command));
  }
}

/** A connection to a node; one command at a time. */
class Upstream {
  private readonly socket: Socket;

  constructor({ host, port }: LocalRedisNode) {
    this.socket = connect({ host, port });
    this.socket.on('error', () => undefined);
  }

  /** Resolves to the bytes of the reply. */
  ask(command: readonly string[]): Promise<Buffer> {
    const { socket } = this;
    const words = command.map(
      (word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`,
    );
    socket.write(`*${words.length}\r\n${words.join('')}`);
    return new Promise((resolve) => {
      const decoder = new Decoder();
      const chunks: Buffer[] = [];
      const read = (chunk: Buffer): void => {
        chunks.push(chunk);
        decoder.feed(chunk, 0, chunk.length);
        if (decoder.next() === INCOMPLETE) return;
        socket.off('data', read);
        resolve(Buffer.concat(chunks));
      };
      socket.on('data', read);
    });
  }

  close(): void {
    this.socket.destroy();
  }
}
