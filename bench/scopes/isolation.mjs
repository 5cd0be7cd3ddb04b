import { setTimeout as sleep } from 'node:timers/promises';
import { KEYS, VALUE } from '../keys.mjs';
import { serves } from '../raw-node.mjs';
import { measureWindow } from '../window.mjs';

const DEMANDING = { replicas: 2, timeoutMs: 5_000 };
const FROZEN_FOR = { scopes: 64, plain: 256 };
const EASY_CALLERS = 16;
const PLAIN_CALLERS = 64;
const WINDOW_MS = 600;

/**
 * In the client's process, while one of the shard's two replicas is frozen:
 *
 * - how long scopes that require one replica take while 64 scopes require both
 * - what plain SETs on the shard lose while 256 scopes require both
 */
export async function scopeIsolation(client, { shard, rounds }) {
  const keys = KEYS.filter((key) => serves(shard, key)).slice(0, 4_096);
  return {
    easy: await easyScopes(client, keys),
    plain: await plainTraffic(client, keys, rounds),
  };
}

async function easyScopes(client, keys) {
  const demanding = demand(client, keys, FROZEN_FOR.scopes);
  await sleep(200);
  const window = await measureWindow(
    (tally) =>
      callers(EASY_CALLERS, keys, tally, (key) =>
        client.setReplicated(key, VALUE, 1, DEMANDING.timeoutMs),
      ),
    { leadInMs: 100, windowMs: 3_000, als: false },
  );
  const { rejected, resolved } = await demanding;
  return { ...window, callers: EASY_CALLERS, rejected, resolved };
}

/** Windows with and without waiting scopes in turns, the order changing. */
async function plainTraffic(client, keys, rounds) {
  const windows = { alone: [], beside: [] };
  const plain = async () =>
    measureWindow(
      (tally) =>
        callers(PLAIN_CALLERS, keys, tally, (key) => client.set(key, VALUE)),
      { leadInMs: 150, windowMs: WINDOW_MS, als: false },
    );
  await plain();
  let waited = 0;
  for (let round = 0; round < rounds; round += 1) {
    const beside = async () => {
      const demanding = demand(client, keys, FROZEN_FOR.plain, 1_500);
      await sleep(100);
      windows.beside.push(await plain());
      waited += (await demanding).rejected;
    };
    if (round % 2 === 1) await beside();
    windows.alone.push(await plain());
    if (round % 2 === 0) await beside();
  }
  return { ...windows, callers: PLAIN_CALLERS, waited };
}

/** So many scopes at once that require both replicas. */
async function demand(client, keys, count, timeoutMs = DEMANDING.timeoutMs) {
  const settled = await Promise.allSettled(
    keys
      .slice(0, count)
      .map((key) =>
        client.setReplicated(key, VALUE, DEMANDING.replicas, timeoutMs),
      ),
  );
  const rejected = settled.filter(({ status }) => status === 'rejected').length;
  return { rejected, resolved: settled.length - rejected };
}

/** Callers that write one key after the other, each call timed. */
function callers(count, keys, tally, write) {
  let running = true;
  const caller = async (_, nth) => {
    for (let turn = nth; running; turn += 1) {
      const started = performance.now();
      await write(keys[turn % keys.length]);
      tally.record(performance.now() - started);
      tally.done += 1;
    }
  };
  const all = Promise.all(Array.from({ length: count }, caller));
  all.catch((error) => (tally.failure ??= error));
  return async () => {
    running = false;
    await all;
  };
}
