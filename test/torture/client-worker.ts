import { monitorEventLoopDelay } from 'node:perf_hooks';
import { listenersOf, openSockets } from '../support/listeners.js';
import { Stream, type StreamResult, type StreamSpec } from './workloads.js';
import type { Span } from './outcome-record.js';
import type {
  ClientModule,
  ConnectRequest,
  Surroundings,
  TortureClient,
} from './torture-client.js';

/** What holds a process open, and its heap, after a garbage collection. */
export interface Resources {
  readonly sockets: number;
  readonly timers: number;
  /** Of the process, of its sockets, and of what all its clients were given. */
  readonly listeners: number;
  readonly heapBytes: number;
  /** For how long at most the process did nothing since it was asked last, in milliseconds: others had the processor. */
  readonly stalledMs: number;
}

/** What a client's process is asked for. */
export type WorkerRequest =
  | { readonly type: 'connect'; readonly request: ConnectRequest }
  | { readonly type: 'start'; readonly streams: readonly StreamSpec[] }
  | {
      readonly type: 'update';
      readonly addresses?: Readonly<Record<string, string>>;
      readonly password?: string;
    }
  | {
      readonly type: 'stop';
      readonly windows: readonly Span[];
      readonly patienceMs: number;
    }
  | { readonly type: 'resources' }
  | { readonly type: 'close' };

const CLOSE_MS = 3_000;

const stalls = monitorEventLoopDelay({ resolution: 10 });
stalls.enable();

/** The inside of a client's process. */
export class ClientWorker {
  private client: TortureClient | undefined;
  private streams: Stream[] = [];
  private readonly surroundings: Surroundings = {
    addresses: {},
    password: undefined,
  };

  constructor(private readonly module: ClientModule) {}

  async handle(message: WorkerRequest): Promise<unknown> {
    switch (message.type) {
      case 'connect':
        return this.connect(message.request);
      case 'start':
        this.streams = message.streams.map(
          (spec) => new Stream(this.client!, spec),
        );
        return undefined;
      case 'update':
        if (message.addresses) this.surroundings.addresses = message.addresses;
        if (message.password) this.surroundings.password = message.password;
        return undefined;
      case 'stop':
        return this.stop(message.windows, message.patienceMs);
      case 'resources':
        return resources(this.module);
      case 'close':
        return this.close();
      default:
        throw new Error('Nothing is known of such a request');
    }
  }

  private async close(): Promise<Resources> {
    await Promise.race([
      this.client?.close().catch(() => undefined),
      new Promise((resolve) => {
        setTimeout(resolve, CLOSE_MS).unref();
      }),
    ]);
    this.client = undefined;
    this.streams = [];
    // a handle is gone a turn after it was closed
    await new Promise((resolve) => {
      setTimeout(resolve, 50);
    });
    return resources(this.module);
  }

  private async connect(request: ConnectRequest): Promise<unknown> {
    this.surroundings.addresses = request.addresses ?? {};
    this.surroundings.password = request.password;
    const start = performance.now();
    this.client = await this.module.connect(request, this.surroundings);
    return {
      version: this.client.version,
      connectMs: performance.now() - start,
    };
  }

  private stop(
    windows: readonly Span[],
    patienceMs: number,
  ): Promise<StreamResult[]> {
    for (const stream of this.streams) stream.markEnd();
    return Promise.all(
      this.streams.map((stream) => stream.stop(patienceMs, windows)),
    );
  }
}

function resources(module: ClientModule): Resources {
  const stalledMs = stalls.max / 1e6;
  stalls.reset();
  // twice: what the first finalizes, the second collects
  globalThis.gc?.();
  globalThis.gc?.();
  const active = process.getActiveResourcesInfo();
  const count = (name: string): number =>
    active.filter((resource) => resource === name).length;
  return {
    sockets: count('TCPSocketWrap') + count('TCPConnectWrap'),
    timers: count('Timeout'),
    listeners: [process, ...openSockets()].reduce(
      (sum, emitter) => sum + listenersOf(emitter),
      module.listeners?.() ?? 0,
    ),
    heapBytes: process.memoryUsage().heapUsed,
    stalledMs,
  };
}
