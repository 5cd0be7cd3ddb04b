import type { Resources } from './client-worker.js';
import type { Fault, FaultReport } from './faults.js';
import type { Span } from './outcome-record.js';
import type { StreamResult, WorkloadName } from './workloads.js';

/** What one workload's client went through in one fault. */
export interface Cell {
  readonly fault: string;
  readonly workload: WorkloadName;
  readonly streams: readonly StreamResult[];
  /** From just before the fault until the load had settled behind it, in milliseconds since the epoch. */
  readonly during: Span;
  readonly report: FaultReport;
  /** Under load before the fault, under load after it, and behind `close()`. */
  readonly resources: {
    readonly before: Resources;
    readonly after: Resources;
    readonly closed: Resources;
  };
  readonly uncaught: readonly string[];
  readonly stalledMs: number;
}

/** What a cell comes to. */
export interface Verdict {
  /** What broke a rule; empty when none was broken. */
  readonly violations: readonly string[];
  /** Times, sockets and heap beyond what is allowed: a machine that others use too may do that. */
  readonly excesses: readonly string[];
  readonly errors: Readonly<Record<string, number>>;
  readonly longestGapMs: number;
  /** Between the first node that showed the new owner and the first success at it. */
  readonly addedMs: number | undefined;
  readonly duplicates: number;
  readonly lost: number;
}

/** Errors that a workload's callers may see: the outcome of a write may be unknown, and a guarantee may fail. */
const ALLOWED: Readonly<Record<WorkloadName, readonly string[]>> = {
  read: [],
  mget: [],
  // it writes its keys before it reads them
  'slot mget': ['OUTCOME_UNKNOWN'],
  'fan-out': [],
  incr: ['OUTCOME_UNKNOWN'],
  transaction: ['OUTCOME_UNKNOWN'],
  'blocking pop': ['OUTCOME_UNKNOWN'],
  'idle pop': ['OUTCOME_UNKNOWN'],
  'scoped write': ['OUTCOME_UNKNOWN', 'REPLICATION'],
};

/** What the client may add to the time that the cluster itself needs, in milliseconds. */
const ADDED_MS = 500;

/** Where nothing happens, this is the longest stretch without a success; the machine may be shared. */
const CALM_GAP_MS = 1_000;

/** A connection that a blocking command waits on is silent by right until that command's time is over: a second here. */
const POP_SILENCE_MS = 1_500;

/** A barrier on a connection that is half-open lasts until its scope ends: 2 s here. */
const SCOPE_MS = 2_000;

/** Barriers open connections as they need them, eight for a primary at most, and keep them. */
const BARRIER_SOCKETS = 8;

/** Who has no success for this long at the end has not recovered: the load goes on for 2 s behind the fault. */
const DEAD_MS = 1_900;

/** Noise of a heap between two collections, in bytes. */
const HEAP_SLACK = 6 * 1024 * 1024;

/** Judges a cell by the rules that hold for every workload. */
export function judge(cell: Cell, fault: Fault): Verdict {
  const violations: string[] = [];
  const excesses: string[] = [];
  const claim = (holds: boolean, otherwise: string): void => {
    if (!holds) violations.push(otherwise);
  };
  const limit = (holds: boolean, otherwise: string): void => {
    if (!holds) excesses.push(otherwise);
  };
  for (const stream of cell.streams) {
    const where = `${stream.workload} on ${stream.shard}`;
    const calm = fault.isolated && stream.shard.startsWith('other');
    const mayFail =
      fault.harmless === true || calm ? [] : ALLOWED[stream.workload];
    // what stood still for half of a scope's time has not asked in time
    const late = cell.stalledMs >= SCOPE_MS / 2;
    for (const [label, count] of Object.entries(stream.errors)) {
      claim(
        mayFail.includes(label) ||
          (late && label === 'REPLICATION') ||
          lacksReplica(fault, stream, label),
        `${where}: ${count} ${label} (${stream.samples[0] ?? ''})`,
      );
    }
    claim(stream.succeeded > 0, `${where}: nothing succeeded`);
    claim(stream.pending === 0, `${where}: ${stream.pending} calls hang`);
    claim(
      stream.duplicates === 0,
      `${where}: ${stream.duplicates} effects more than were acknowledged or failed`,
    );
    claim(
      stream.lost === 0 || !provesReplication(stream),
      `${where}: ${stream.lost} writes lost that a replica had acknowledged`,
    );
    const gap = longest(stream.gaps);
    const allowed =
      (calm ? CALM_GAP_MS : fault.longestGapMs) +
      (stream.workload === 'blocking pop' ? POP_SILENCE_MS : 0) +
      (stream.workload === 'scoped write' ? SCOPE_MS : 0) +
      2 * cell.stalledMs;
    limit(
      !stream.gaps.some(
        ([from, to]) =>
          to >= cell.during[1] && to - from >= DEAD_MS + 2 * cell.stalledMs,
      ),
      `${where}: has not recovered at the end`,
    );
    limit(
      gap <= allowed,
      `${where}: ${Math.round(gap)} ms without a success, ${Math.round(allowed)} are allowed`,
    );
  }
  const { before, after, closed } = cell.resources;
  limit(
    after.sockets <= before.sockets + spareSockets(fault, cell.workload),
    `${after.sockets} sockets after, ${before.sockets} before`,
  );
  claim(closed.sockets === 0, `${closed.sockets} sockets behind close()`);
  limit(
    after.heapBytes <= before.heapBytes + HEAP_SLACK,
    `the heap grew by ${mebibytes(after.heapBytes - before.heapBytes)} MiB`,
  );
  claim(
    cell.uncaught.length === 0,
    `${cell.uncaught.length} uncaught: ${cell.uncaught[0]}`,
  );
  const { lostConnections = 0 } = cell.report;
  claim(
    lostConnections === 0,
    `${lostConnections} connections to a node that was only busy are gone`,
  );
  const addedMs = added(cell);
  limit(
    addedMs === undefined ||
      addedMs <= ADDED_MS + 2 * cell.stalledMs ||
      cell.workload !== 'read',
    `${Math.round(addedMs ?? 0)} ms later than the cluster was ready`,
  );
  return {
    violations,
    excesses,
    errors: sumOfErrors(cell.streams),
    longestGapMs: Math.max(0, ...cell.streams.map(({ gaps }) => longest(gaps))),
    addedMs,
    duplicates: sum(cell.streams, ({ duplicates }) => duplicates),
    lost: sum(cell.streams, ({ lost }) => lost),
  };
}

/** The new owner of a slot that was moved or failed over may have no replica yet that is in step. */
function lacksReplica(
  fault: Fault,
  stream: StreamResult,
  label: string,
): boolean {
  return (
    label === 'REPLICATION' &&
    stream.workload === 'scoped write' &&
    !(fault.isolated && stream.shard.startsWith('other'))
  );
}

function provesReplication(stream: StreamResult): boolean {
  return stream.workload === 'scoped write';
}

/** A node that was a replica, or was not there: a connection to each for every purpose. */
function spareSockets(fault: Fault, workload: WorkloadName): number {
  const nodes = fault.name === 'add node' ? 4 : 2;
  if (workload === 'scoped write') return nodes + BARRIER_SOCKETS;
  return workload === 'blocking pop' ? 2 * nodes : nodes;
}

/** Between the first node that showed the new owner and the first success at it, in milliseconds. */
export function added({
  streams,
  report,
}: Pick<Cell, 'streams' | 'report'>): number | undefined {
  const { newOwnerAt } = report;
  if (newOwnerAt === undefined) return undefined;
  const across = streams
    .filter(({ shard }) => shard === 'hit')
    .flatMap(({ gaps }) => gaps)
    .filter(([from, to]) => from < newOwnerAt && to > newOwnerAt);
  return Math.max(0, ...across.map(([, to]) => to - newOwnerAt));
}

/** The longest of some gaps, in milliseconds. */
export function longest(gaps: readonly Span[]): number {
  return Math.max(0, ...gaps.map(([from, to]) => to - from));
}

/** Errors of all streams by class. */
export function sumOfErrors(
  streams: readonly StreamResult[],
): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { errors } of streams) {
    for (const [label, count] of Object.entries(errors)) {
      all[label] = (all[label] ?? 0) + count;
    }
  }
  return all;
}

export function sum(
  streams: readonly StreamResult[],
  of: (stream: StreamResult) => number,
): number {
  return streams.reduce((total, stream) => total + of(stream), 0);
}

export function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(1);
}

/** Everything that is wrong with a cell. */
export function complaints({
  violations,
  excesses,
}: Verdict): readonly string[] {
  return [...violations, ...excesses];
}
