import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import type { LookupFunction } from 'node:net';

/**
 * A socket that speaks inline commands and reads single lines: enough to see
 * what a server says to anybody, without the code under test.
 */
export class LineConnection implements Disposable {
  private text = '';
  private wake: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1');
      this.wake();
    });
  }

  static async open(options: {
    host: string;
    port: number;
    tls?: ConnectionOptions | undefined;
    lookup?: LookupFunction | undefined;
  }): Promise<LineConnection> {
    const { host, port, tls, lookup } = options;
    const target = { host, port, ...(lookup && { lookup }) };
    const socket = tls
      ? connectTls({
          ...target,
          ...tls,
          ...(isIP(host) ? {} : { servername: host }),
        })
      : connectTcp(target);
    await new Promise<void>((resolve, reject) => {
      socket.once(tls ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
    });
    socket.on('error', () => undefined);
    return new LineConnection(socket);
  }

  /** Sends a line; the next line of the answer. */
  async ask(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`);
    while (!this.text.includes('\r\n')) {
      await new Promise<void>((resolve, reject) => {
        this.wake = resolve;
        this.socket.once('close', () => reject(new Error('closed')));
      });
    }
    const end = this.text.indexOf('\r\n');
    const answer = this.text.slice(0, end);
    this.text = this.text.slice(end + 2);
    return answer;
  }

  /** Whether nothing is answered to a line within a time. */
  async isSilent(line: string, milliseconds: number): Promise<boolean> {
    return Promise.race([
      this.ask(line).then(
        () => false,
        () => false,
      ),
      new Promise<boolean>((resolve) => {
        setTimeout(() => resolve(true), milliseconds).unref();
      }),
    ]);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
