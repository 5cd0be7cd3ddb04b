import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import type { Arena } from './arena.js';
import type { ClientProcess } from './client-process.js';
import type { Resources } from './client-worker.js';
import type { FaultReport } from './faults.js';
import { epochMs, type Span } from './outcome-record.js';
import type { ConnectRequest } from './torture-client.js';
import type { StreamResult, StreamSpec } from './workloads.js';

/** One client of an ordeal, and what it does in it. */
export interface Participant {
  readonly process: ClientProcess;
  readonly streams: readonly StreamSpec[];
  /** What differs from the others in how it connects. */
  readonly request?: Partial<ConnectRequest>;
}

/** What a participant came out with. */
export interface Outcome {
  /** What it says about itself; why it never connected, otherwise. */
  readonly version: string | undefined;
  readonly connectMs: number;
  readonly connectError: string | undefined;
  readonly streams: readonly StreamResult[];
  /** From just before it happened until the load had settled, in milliseconds since the epoch. */
  readonly during: Span;
  readonly report: FaultReport;
  readonly resources: {
    readonly before: Resources;
    readonly after: Resources;
    readonly closed: Resources;
  };
  readonly uncaught: readonly string[];
  /** For how long at most the client's process, or this one with the proxies, did nothing, in milliseconds. */
  readonly stalledMs: number;
}

/** How long the load runs before something happens, and after it. */
export interface Pace {
  readonly warmUpMs: number;
  readonly settleMs: number;
  /** How long calls under way may take in the end. */
  readonly patienceMs: number;
  /** How long connecting may take. */
  readonly connectMs: number;
}

export const DEFAULT_PACE: Pace = {
  warmUpMs: 1_500,
  settleMs: 2_000,
  patienceMs: 31_000,
  connectMs: 60_000,
};

/** All clients under the same load on the same cluster, while something happens to it. */
export async function endure(
  arena: Arena,
  participants: readonly Participant[],
  happen: () => Promise<FaultReport>,
  pace: Pace = DEFAULT_PACE,
): Promise<Outcome[]> {
  arena.clients.push(...participants.map(({ process }) => process));
  const connected = await Promise.all(
    participants.map(({ process, request }) =>
      connect(process, { ...arena.request, ...request }, pace.connectMs),
    ),
  );
  const present = participants.filter(
    (_, at) => !(connected[at] instanceof Error),
  );
  await Promise.all(
    present.map(({ process, streams }) => process.start(streams)),
  );
  await delay(pace.warmUpMs);
  const before = await onEach(present, ({ process }) => process.resources());
  // the collection of garbage is no part of what is measured
  await delay(200);
  const stalls = monitorEventLoopDelay({ resolution: 10 });
  stalls.enable();
  const from = epochMs();
  const report = await happen();
  const to = epochMs();
  await delay(pace.settleMs);
  const until = epochMs();
  const windows: Span[] = [
    [from - pace.warmUpMs, from],
    [from, to],
  ];
  const after = await onEach(present, ({ process }) => process.resources());
  stalls.disable();
  const results = await onEach(present, ({ process }) =>
    process.stop(pace.patienceMs, windows),
  );
  const closed = await onEach(participants, ({ process }) => process.close());
  arena.clients.length = 0;
  return Promise.all(
    participants.map(async ({ process }, at) => {
      const version = connected[at]!;
      const failed = version instanceof Error;
      const nothing: Resources = {
        sockets: 0,
        listeners: 0,
        timers: 0,
        heapBytes: 0,
        stalledMs: 0,
      };
      return {
        version: failed ? undefined : version.version,
        connectMs: failed ? Infinity : version.connectMs,
        connectError: failed ? version.message : undefined,
        streams: within(
          [from, until],
          await checked(arena, results.get(process) ?? []),
        ),
        during: [from, until] as const,
        report,
        resources: {
          before: before.get(process) ?? nothing,
          after: after.get(process) ?? nothing,
          closed: closed.get(process) ?? nothing,
        },
        uncaught: process.uncaught.splice(0),
        stalledMs: stalls.max / 1e6 + (after.get(process)?.stalledMs ?? 0),
      };
    }),
  );
}

async function connect(
  process: ClientProcess,
  request: ConnectRequest,
  timeoutMs: number,
): Promise<{ version: string; connectMs: number } | Error> {
  const timer = new AbortController();
  const late = delay(
    timeoutMs,
    new Error(`connect() has not settled after ${timeoutMs / 1_000} s`),
    { signal: timer.signal },
  ).catch((error: Error) => error);
  const done = process.connect(request).catch((error: Error) => error);
  const result = await Promise.race([done, late]);
  timer.abort();
  return result;
}

async function onEach<T>(
  participants: readonly Participant[],
  ask: (participant: Participant) => Promise<T>,
): Promise<Map<ClientProcess, T>> {
  return new Map(
    await Promise.all(
      participants.map(
        async (participant) =>
          [participant.process, await ask(participant)] as const,
      ),
    ),
  );
}

/** The gaps as far as they lie in a stretch of time: what is measured before and behind it makes some of its own. */
function within(
  [from, until]: Span,
  streams: readonly StreamResult[],
): StreamResult[] {
  return streams.map((stream) => ({
    ...stream,
    gaps: stream.gaps
      .map(
        ([start, end]) =>
          [Math.max(start, from), Math.min(end, until)] as const,
      )
      .filter(([start, end]) => end > start),
  }));
}

/** The servers' counters against what the clients counted. */
async function checked(
  arena: Arena,
  streams: readonly StreamResult[],
): Promise<StreamResult[]> {
  return Promise.all(
    streams.map(async (stream) => {
      let { duplicates, lost } = stream;
      for (const [key, { last, doubtful }] of Object.entries(stream.counters)) {
        const value = await arena.counter(key);
        duplicates += Math.max(0, value - (last + doubtful));
        lost += Math.max(0, last - value);
      }
      return { ...stream, duplicates, lost };
    }),
  );
}
