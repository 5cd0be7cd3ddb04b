import { KEYS, VALUE } from '../keys.mjs';
import { serves } from '../raw-node.mjs';

const TIMEOUT_MS = 5_000;

/**
 * In the client's process: one caller whose handler writes to five shards, in
 * one of these ways, or to one shard.
 */
export async function fiveShards(client, { shards, way, windowMs }) {
  const keys = shards.map((shard) => KEYS.find((key) => serves(shard, key)));
  const { scope, set } = client;
  const handlers = {
    'one write': () => scope(1, TIMEOUT_MS, () => set(keys[0], VALUE)),
    'one scope': () =>
      scope(1, TIMEOUT_MS, () =>
        Promise.all(keys.map((key) => set(key, VALUE))),
      ),
    awaited: () =>
      scope(1, TIMEOUT_MS, async () => {
        for (const key of keys) await set(key, VALUE);
      }),
    'five scopes': async () => {
      for (const key of keys) {
        await scope(1, TIMEOUT_MS, () => set(key, VALUE));
      }
    },
  };
  const times = [];
  const until = performance.now() + windowMs;
  while (performance.now() < until) {
    const started = performance.now();
    await handlers[way]();
    times.push(performance.now() - started);
  }
  times.sort((one, other) => one - other);
  return {
    handlers: times.length,
    p50: times[Math.floor(times.length / 2)],
    p99: times[Math.floor(times.length * 0.99)],
  };
}
