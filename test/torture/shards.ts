import { Arena } from './arena.js';
import type { StreamSpec, WorkloadName } from './workloads.js';

/** The slots that are moved and whose owner is hit: of the third primary at the start. */
export const TARGET_SLOTS: readonly number[] = slots(15_450, 100);

/** What callers see of the faults: the shard that is hit, and those that are not. */
export const SHARDS = {
  hit: TARGET_SLOTS,
  'other 1': slots(1_000, 20),
  'other 2': slots(7_000, 20),
} as const;

/** The workloads whose calls concern the whole cluster. */
const EVERYWHERE = new Set<WorkloadName>(['mget', 'fan-out']);

/** The streams of one workload: one per shard, or one over all of them. */
export function streamsOf(
  workload: WorkloadName,
  { callers = 2, pauseMs = 10, prefix = '' } = {},
): StreamSpec[] {
  const name = `${prefix}${workload.replaceAll(' ', '-')}`;
  const keysIn = (shard: readonly number[]): string[] =>
    shard.map((slot) => `{${Arena.tagOf(slot)}}${name}`);
  if (EVERYWHERE.has(workload)) {
    const keys = Object.values(SHARDS).flatMap((shard) =>
      keysIn(shard).slice(0, 8),
    );
    return [{ workload, shard: 'all', keys, callers, pauseMs }];
  }
  return Object.entries(SHARDS).map(([shard, range]) => ({
    workload,
    shard,
    // what is pushed to a queue and popped from it is one caller's business
    keys: keysIn(workload.endsWith('pop') ? range.slice(0, callers) : range),
    callers,
    pauseMs,
  }));
}

function slots(first: number, count: number): number[] {
  return Array.from({ length: count }, (_, n) => first + n);
}
