import { Arena } from './arena.js';
import { ClientProcess } from './client-process.js';
import { DEFAULT_PACE, endure, type Outcome } from './ordeal.js';
import { ROWS } from './scorecard-rows.js';
import type { ServerVersion } from '../../lib/testing/index.js';

/** A client in one of its set-ups. */
export interface Contestant {
  readonly title: string;
  readonly module: 'ours' | 'ioredis' | 'node-redis';
  readonly tuned: boolean;
}

/** Every client by its defaults, and the others as their documentation advises. */
export const CONTESTANTS: readonly Contestant[] = [
  { title: 'nest-redis-cluster', module: 'ours', tuned: false },
  { title: 'ioredis', module: 'ioredis', tuned: false },
  { title: 'ioredis, tuned', module: 'ioredis', tuned: true },
  { title: 'node-redis', module: 'node-redis', tuned: false },
  { title: 'node-redis, tuned', module: 'node-redis', tuned: true },
];

/** One row, with what became of each contestant. */
export interface ScorecardRow {
  readonly title: string;
  readonly outcomes: readonly Outcome[];
}

/** The whole comparison. */
export interface Scorecard {
  readonly date: string;
  readonly node: string;
  readonly server: ServerVersion;
  readonly versions: readonly string[];
  readonly rows: readonly ScorecardRow[];
}

export interface ScorecardOptions {
  /** Words of which a row's title must have one; all rows by default. */
  readonly rows?: readonly string[] | undefined;
  readonly log?: (line: string) => void;
}

/** What a client that hangs is given, behind the end of the load. */
const PACE = {
  ...DEFAULT_PACE,
  settleMs: 4_000,
  patienceMs: 2_000,
  connectMs: 10_000,
};

/**
 * Runs every situation once, with all contestants in it at the same time, each
 * in a process of its own: they meet the same fault at the same moment.
 */
export async function runScorecard({
  rows: wanted,
  log = () => {},
}: ScorecardOptions = {}): Promise<Scorecard> {
  const rows: ScorecardRow[] = [];
  const versions: string[] = CONTESTANTS.map(({ title }) => title);
  let server: ServerVersion | undefined;
  for (const row of ROWS) {
    if (wanted?.every((word) => !row.title.includes(word)) === true) continue;
    const started = performance.now();
    await using arena = await Arena.open(
      row.cluster ?? {},
      row.way ?? 'direct',
    );
    server = arena.cluster.serverVersion;
    await row.prepare?.(arena);
    // anew for each row: what one row left behind in a client is no part of the next
    const processes = await Promise.all(
      CONTESTANTS.map(({ module }) => ClientProcess.start(module)),
    );
    try {
      const outcomes = await endure(
        arena,
        CONTESTANTS.map(({ tuned }, at) => ({
          process: processes[at]!,
          streams: row.streams(`${at}:`),
          request: { ...row.request, tuned },
        })),
        () => row.happen(arena),
        PACE,
      );
      for (const [at, { version }] of outcomes.entries()) {
        if (version !== undefined) versions[at] = version;
      }
      rows.push({ title: row.title, outcomes });
    } finally {
      for (const process of processes) process.end();
    }
    log(
      `${row.title}: ${((performance.now() - started) / 1_000).toFixed(1)} s`,
    );
  }
  if (server === undefined) throw new Error('No row has such a title');
  return {
    date: new Date().toISOString().slice(0, 10),
    node: process.version,
    server,
    versions,
    rows,
  };
}
