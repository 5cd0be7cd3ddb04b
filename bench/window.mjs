import { AsyncLocalStorage } from 'node:async_hooks';
import { createHistogram } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Measures one window of load.
 *
 * @param start starts the load with a tally and returns what ends it
 * @param leadInMs load before the window opens
 * @param windowMs the window
 * @param als whether the load runs inside an active AsyncLocalStorage
 */
export async function measureWindow(start, { leadInMs, windowMs, als }) {
  const latency = createHistogram({ highest: 60_000_000_000, figures: 3 });
  const tally = {
    done: 0,
    failure: undefined,
    record: (ms) => latency.record(Math.max(1, Math.round(ms * 1e6))),
  };
  const storage = als ? new AsyncLocalStorage() : undefined;
  globalThis.gc?.();
  const stop = storage
    ? storage.run({ request: 1 }, () => start(tally))
    : start(tally);
  await sleep(leadInMs);

  latency.reset();
  const doneBefore = tally.done;
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await sleep(windowMs);
  const seconds = (performance.now() - started) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  const commands = tally.done - doneBefore;
  const percentile = (p) =>
    latency.count > 0 ? latency.percentile(p) / 1e6 : null;
  const result = {
    commands,
    seconds,
    perSecond: commands / seconds,
    cpuMicros: (cpu.user + cpu.system) / commands,
    p50: percentile(50),
    p99: percentile(99),
    p999: percentile(99.9),
    samples: latency.count,
  };

  await stop();
  storage?.disable();
  if (tally.failure) throw tally.failure;
  return result;
}
