import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GCProfiler } from 'node:v8';

/**
 * Counts what a command costs besides time: bytes allocated on the JavaScript
 * heap and writes to sockets. Counting disturbs, so it has a window of its own
 * that is not timed.
 */
export async function measureFootprint(start, windowMs) {
  const tally = { done: 0, failure: undefined, record: () => {} };
  const writes = countSocketWrites();
  globalThis.gc?.();
  const profiler = new GCProfiler();
  const stop = start(tally);
  await sleep(100);
  const doneBefore = tally.done;
  const writesBefore = writes.count;
  profiler.start();
  const heapBefore = process.memoryUsage().heapUsed;
  await sleep(windowMs);
  const heapAfter = process.memoryUsage().heapUsed;
  const { statistics } = profiler.stop();
  const commands = tally.done - doneBefore;
  const written = writes.count - writesBefore;
  await stop();
  writes.restore();
  if (tally.failure) throw tally.failure;
  return {
    allocatedBytes: allocated(heapBefore, statistics, heapAfter) / commands,
    socketWrites: written / commands,
  };
}

// what was there before each collection, less what the one before it left
function allocated(before, collections, after) {
  let sum = 0;
  let left = before;
  for (const { beforeGC, afterGC } of collections) {
    sum += beforeGC.heapStatistics.usedHeapSize - left;
    left = afterGC.heapStatistics.usedHeapSize;
  }
  return sum + after - left;
}

function countSocketWrites() {
  const counter = { count: 0, restore: undefined };
  // both _write and _writev of net.Socket end here, once per system call
  const original = Socket.prototype._writeGeneric;
  Socket.prototype._writeGeneric = function counted(...args) {
    counter.count += 1;
    return original.apply(this, args);
  };
  counter.restore = () => {
    Socket.prototype._writeGeneric = original;
  };
  return counter;
}
