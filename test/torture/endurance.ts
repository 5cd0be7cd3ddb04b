import { LocalRedisCluster } from '../../lib/testing/index.js';
import { Arena } from './arena.js';
import type { ClientProcess } from './client-process.js';
import type { Measure, MeasureResult } from './measure.js';
import { setTimeout as delay } from 'node:timers/promises';
import { streamsOf, TARGET_SLOTS } from './shards.js';
import { mebibytes, sumOfErrors } from './verdict.js';

/** Growth that a heap may show by chance, in bytes. */
const FLAT = 3 * 1024 * 1024;

/** Until what follows the last call has ended: timers of retries, a topology that is read. */
const SETTLE_MS = 2_000;

/** What goes on for long: whether anything grows. */
export const ENDURANCE_MEASURES: readonly Measure[] = [
  { title: '200 connect/close cycles', run: connectAndClose },
  { title: '100 failovers under load', run: failovers },
  { title: 'a shard dark for 60 s under load', run: darkShard },
];

/** What is said of a measurement, and whether it holds. */
type Said = Omit<MeasureResult, 'title'>;

async function connectAndClose(process: ClientProcess): Promise<Said> {
  await using cluster = await LocalRedisCluster.start();
  const cycle = async () => {
    await process.connect({ seeds: cluster.seeds, signalled: true });
    await process.start(streamsOf('read', { pauseMs: 1 }));
    await process.stop(1_000, []);
    return process.close();
  };
  for (let warmUp = 0; warmUp < 20; warmUp += 1) await cycle();
  const before = await process.resources();
  for (let round = 0; round < 200; round += 1) await cycle();
  const after = await process.resources();
  return {
    says: `sockets ${before.sockets} -> ${after.sockets}, timers ${before.timers} -> ${after.timers}, listeners ${before.listeners} -> ${after.listeners}, heap ${mebibytes(before.heapBytes)} -> ${mebibytes(after.heapBytes)} MiB`,
    holds:
      after.sockets === before.sockets &&
      after.timers === before.timers &&
      after.listeners === before.listeners &&
      after.heapBytes - before.heapBytes < FLAT,
  };
}

async function failovers(process: ClientProcess): Promise<Said> {
  await using arena = await Arena.open({}, 'direct');
  const { cluster } = arena;
  const idle = await process.resources();
  await process.connect({ ...arena.request, signalled: true });
  const failOver = async () => {
    const primary = await cluster.primaryOf(TARGET_SLOTS[0]!);
    const [replica] = await cluster.replicasOf(primary);
    await cluster.failover(replica!, 'takeover');
    // the former primary has to follow before it can be promoted again
    await cluster.waitUntilStable();
  };
  /** Under load; timers and listeners are counted when it has ended: every call has some. */
  const failOvers = async (count: number) => {
    const load = { pauseMs: 20, prefix: `${count}:` };
    await process.start([
      ...streamsOf('read', load),
      ...streamsOf('incr', load),
    ]);
    for (let round = 0; round < count; round += 1) await failOver();
    const streams = await process.stop(5_000, []);
    await delay(SETTLE_MS);
    return { streams, resources: await process.resources() };
  };
  const { streams: warmUp, resources: before } = await failOvers(10);
  const { streams: counted, resources: after } = await failOvers(100);
  const streams = [...warmUp, ...counted];
  const closed = await process.close();
  const errors = JSON.stringify(sumOfErrors(streams));
  const duplicates = streams.reduce((all, one) => all + one.duplicates, 0);
  return {
    says: `sockets ${before.sockets} -> ${after.sockets} -> ${closed.sockets}, timers ${before.timers} -> ${after.timers} -> ${closed.timers}, listeners ${before.listeners} -> ${after.listeners} -> ${closed.listeners} (${idle.listeners} without a client), heap ${mebibytes(before.heapBytes)} -> ${mebibytes(after.heapBytes)} MiB, errors ${errors}, ${duplicates} twice`,
    holds:
      after.sockets <= before.sockets &&
      after.timers <= before.timers &&
      after.listeners <= before.listeners &&
      closed.sockets === idle.sockets &&
      closed.timers === idle.timers &&
      closed.listeners === idle.listeners &&
      after.heapBytes - before.heapBytes < FLAT &&
      duplicates === 0,
  };
}

/** Callers of the dark shard; a tenth of them has room in its queue. */
const CALLERS = 3_000;

async function darkShard(process: ClientProcess): Promise<Said> {
  await using arena = await Arena.open({ replicas: 0 }, 'direct');
  const { cluster } = arena;
  await process.connect({
    ...arena.request,
    options: { maxQueuedCommands: CALLERS / 10 },
  });
  const others = streamsOf('read', { pauseMs: 20 }).filter(
    ({ shard }) => shard !== 'hit',
  );
  const tag = Arena.tagOf(TARGET_SLOTS[0]!);
  await process.start([
    ...others,
    {
      workload: 'read',
      shard: 'hit',
      keys: Array.from({ length: CALLERS }, (_, n) => `{${tag}}${n}`),
      callers: CALLERS,
      pauseMs: 500,
    },
  ]);
  await delay(3_000);
  const primary = await cluster.primaryOf(TARGET_SLOTS[0]!);
  await cluster.freeze(primary);
  await delay(10_000);
  const before = await process.resources();
  await delay(50_000);
  const after = await process.resources();
  const streams = await process.stop(1_000, []);
  await cluster.resume(primary);
  const closed = await process.close();
  const hit = streams.find(({ shard }) => shard === 'hit')!;
  const calm = streams.filter(({ shard }) => shard !== 'hit');
  const full = hit.errors['QUEUE_FULL'] ?? 0;
  return {
    says: `heap ${mebibytes(before.heapBytes)} -> ${mebibytes(after.heapBytes)} MiB, on it ${JSON.stringify(hit.errors)}, elsewhere ${JSON.stringify(sumOfErrors(calm))}, sockets behind close ${closed.sockets}`,
    holds:
      after.heapBytes - before.heapBytes < FLAT &&
      full > CALLERS &&
      Object.keys(sumOfErrors(calm)).length === 0 &&
      closed.sockets === 0,
  };
}
