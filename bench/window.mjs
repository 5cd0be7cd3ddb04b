import { AsyncLocalStorage } from 'node:async_hooks';
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** How often the event loop's delay is looked at: a timer that is late by that. */
const DELAY_RESOLUTION_MS = 1;

const MEMORY_EVERY_MS = 50;

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

  const loopDelay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  const memory = watchMemory();
  loopDelay.enable();
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
    loopDelayP99: Math.max(
      0,
      loopDelay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS,
    ),
    peakMiB: memory.peakMiB(),
  };
  loopDelay.disable();

  await stop();
  storage?.disable();
  if (tally.failure) throw tally.failure;
  return result;
}

/** The most memory that the process holds, looked at now and then. */
function watchMemory() {
  let peak = process.memoryUsage.rss();
  const look = () => {
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, MEMORY_EVERY_MS);
  return {
    peakMiB() {
      clearInterval(timer);
      look();
      return peak / 2 ** 20;
    },
  };
}
