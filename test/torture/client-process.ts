import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Resources, WorkerRequest } from './client-worker.js';
import type { Span } from './outcome-record.js';
import type { ConnectRequest } from './torture-client.js';
import type { StreamResult, StreamSpec } from './workloads.js';

interface Message {
  readonly id?: number;
  readonly value?: unknown;
  readonly error?: string;
  readonly ready?: boolean;
  readonly uncaught?: string;
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One client in a process of its own. */
export class ClientProcess {
  /** What the client threw where nobody could catch it. */
  readonly uncaught: string[] = [];
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;
  private ready: () => void = () => {};

  private constructor(
    readonly client: string,
    private readonly child: ChildProcess,
  ) {
    child.on('message', (message: Message) => this.received(message));
    child.on('exit', (code, signal) => {
      const error = new Error(
        `The process of ${client} ended (${signal ?? code})`,
      );
      for (const { reject } of this.waiting.values()) reject(error);
      this.waiting.clear();
    });
  }

  /** @param client a module of `clients/` */
  static async start(client: string): Promise<ClientProcess> {
    const child = fork(
      fileURLToPath(new URL('./worker.mjs', import.meta.url)),
      [client],
      {
        execArgv: ['--expose-gc'],
        env: { ...process.env, NODE_ENV: 'production' },
      },
    );
    const started = new ClientProcess(client, child);
    await new Promise<void>((resolve, reject) => {
      started.ready = resolve;
      child.once('exit', () =>
        reject(new Error(`The process of ${client} did not start`)),
      );
    });
    return started;
  }

  connect(
    request: ConnectRequest,
  ): Promise<{ version: string; connectMs: number }> {
    return this.ask({ type: 'connect', request });
  }

  start(streams: readonly StreamSpec[]): Promise<void> {
    return this.ask({ type: 'start', streams });
  }

  update(change: {
    readonly addresses?: Readonly<Record<string, string>>;
    readonly password?: string;
  }): Promise<void> {
    return this.ask({ type: 'update', ...change });
  }

  /** @param patienceMs how long calls under way may take */
  stop(patienceMs: number, windows: readonly Span[]): Promise<StreamResult[]> {
    return this.ask({ type: 'stop', patienceMs, windows });
  }

  resources(): Promise<Resources> {
    return this.ask({ type: 'resources' });
  }

  /** Closes the client; resolves to what it left behind. */
  close(): Promise<Resources> {
    return this.ask({ type: 'close' });
  }

  /** Ends the process. */
  end(): void {
    this.child.kill('SIGKILL');
  }

  private ask<T>(message: WorkerRequest): Promise<T> {
    const id = this.nextId++;
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as Waiting['resolve'], reject });
      this.child.send({ id, message });
    });
  }

  private received({ id, value, error, ready, uncaught }: Message): void {
    if (ready === true) this.ready();
    if (uncaught !== undefined) this.uncaught.push(uncaught);
    if (id === undefined) return;
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(error));
  }
}
