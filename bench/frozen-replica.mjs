import { setTimeout as sleep } from 'node:timers/promises';
import { KEYS, VALUE } from './keys.mjs';
import { ask, serves } from './raw-node.mjs';

const TIMEOUT_MS = 200;
const LATEST_MS = 400;
const CALLERS = [1, 50];
const REPETITIONS = 5;

/**
 * Freezes the replica of one shard and times how long a scope that wrote to
 * that shard takes to be told so. Scopes on other shards have to succeed
 * meanwhile.
 */
export async function measureFrozenReplica(client, shards) {
  const [frozen, ...others] = shards;
  const pid = await processOf(frozen.replicas[0]);
  const results = [];
  process.kill(pid, 'SIGSTOP');
  try {
    for (const callers of CALLERS) {
      const times = await client.ask('rejectionTimes', {
        shard: frozen,
        otherShard: others[0],
        callers,
        repetitions: REPETITIONS,
      });
      const rejected = times.rejected.sort((a, b) => a - b);
      results.push({
        callers,
        ...times,
        least: rejected[0],
        median: rejected[Math.floor(rejected.length / 2)],
        most: rejected.at(-1),
        passed:
          rejected.length === callers * REPETITIONS &&
          rejected[0] >= TIMEOUT_MS &&
          rejected.at(-1) <= LATEST_MS &&
          times.failedElsewhere === 0,
      });
    }
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  return {
    timeoutMs: TIMEOUT_MS,
    latestMs: LATEST_MS,
    results,
    passed: results.every(({ passed }) => passed),
  };
}

/** In the client's process: times calls that have to reject, beside some that must not. */
export async function rejectionTimes(
  client,
  { shard, otherShard, callers, repetitions },
) {
  const keys = KEYS.filter((key) => serves(shard, key)).slice(0, callers);
  const elsewhere = KEYS.find((key) => serves(otherShard, key));
  const rejected = [];
  const errors = new Set();
  let resolved = 0;
  let doneElsewhere = 0;
  let failedElsewhere = 0;
  let running = true;

  const other = (async () => {
    while (running) {
      try {
        await client.setReplicated(elsewhere, VALUE, 1, TIMEOUT_MS);
        doneElsewhere += 1;
      } catch (error) {
        failedElsewhere += 1;
        errors.add(String(error));
      }
      await sleep(5);
    }
  })();
  for (let i = 0; i < repetitions; i++) {
    await Promise.all(
      keys.map(async (key) => {
        const started = performance.now();
        try {
          await client.setReplicated(key, VALUE, 1, TIMEOUT_MS);
          resolved += 1;
        } catch (error) {
          rejected.push(performance.now() - started);
          errors.add(`${error.name}: ${error.message}`);
        }
      }),
    );
  }
  running = false;
  await other;
  return {
    rejected,
    resolved,
    doneElsewhere,
    failedElsewhere,
    errors: [...errors].slice(0, 5),
  };
}

async function processOf(node) {
  // the process id of a server elsewhere would be somebody else's here
  if (!['127.0.0.1', '::1'].includes(node.host)) {
    throw new Error(`frozen-replica needs a local server, not ${node.host}`);
  }
  const info = await ask(node, 'INFO', 'server');
  return Number(info.match(/^process_id:(\d+)/m)[1]);
}
