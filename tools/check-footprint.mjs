// What a command costs that a slow or busy machine does not change: bytes
// allocated on the heap and writes to sockets. On the built package, with a
// cluster of its own:
//   npm run build && node tools/check-footprint.mjs
// Of each workload it takes the smallest of the rounds: what runs beside (health
// checks, timers, code that is compiled late) only ever adds to a round, the more
// the longer a slow machine takes for it, and a regression adds to every round.
// The limits of the bytes are what was measured on Node 20 and 5 to 6 %: a run
// differs from the next by up to 2 %, and a regression of 10 % exceeds them.
// Where an improvement lowers a figure, lower its limit.
import { AsyncLocalStorage } from 'node:async_hooks';
import { fork } from 'node:child_process';
import { Socket } from 'node:net';
import { PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ensureServer } from './setup/server.mjs';

const PRIMARIES = 3;
const ROUNDS = 5;

/** Rounds before them that are not counted. */
const WARM_UPS = 3;

/** Those that a collection spoils are repeated. */
const MOST_ROUNDS = 3 * (WARM_UPS + ROUNDS);

/** Callers of a wave: each has one command under way, all of a wave are made in one turn. */
const CALLERS = 50;
const WAVES = 200;
const SIZE = 100;

/** So many hashes, and fields of each. */
const HASHES = 100;
const FIELDS = 100;

/**
 * Bytes of the heap and writes, each per command or key. The bytes hold the
 * reply, 100 characters or fields, and what `Promise.all` needs for a wave.
 * "in an AsyncLocalStorage": one that is not ours, as in most applications, and
 * without a replication scope.
 */
const LIMITS = {
  get: { bytes: 980, writes: PRIMARIES / CALLERS },
  set: { bytes: 900, writes: PRIMARIES / CALLERS },
  'get, one caller': { bytes: 2080, writes: 1 },
  pipeline: { bytes: 700, writes: PRIMARIES / SIZE },
  mget: { bytes: 1740, writes: PRIMARIES / SIZE },
  mset: { bytes: 1425, writes: PRIMARIES / SIZE },
  hgetall: { bytes: 22_700, writes: PRIMARIES / CALLERS },
  'get in an AsyncLocalStorage': { bytes: 1170, writes: PRIMARIES / CALLERS },
  'set in an AsyncLocalStorage': { bytes: 1015, writes: PRIMARIES / CALLERS },
};

if (process.argv[2] === undefined) await check();
else await measure(process.argv[2]);

async function check() {
  await ensureServer();
  const { LocalRedisCluster } = await import('../dist/testing/index.js');
  const cluster = await LocalRedisCluster.start({ primaries: PRIMARIES });
  try {
    const measured = await inOwnProcess(cluster.seeds[0]);
    for (const [name, limit] of Object.entries(LIMITS)) {
      const { bytes, writes } = measured[name];
      const kept = bytes <= limit.bytes && writes <= limit.writes + 1e-9;
      if (!kept) process.exitCode = 1;
      console.log(
        `${kept ? 'ok' : 'TOO MUCH'}: ${name}: ${Math.round(bytes)} bytes of at most ${limit.bytes}, ${writes.toFixed(3)} writes of at most ${limit.writes.toFixed(3)}`,
      );
    }
  } finally {
    await cluster.stop();
  }
}

function inOwnProcess(seed) {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [seed], {
      // room for a whole round: no collection takes away what is counted
      execArgv: [
        '--expose-gc',
        '--min-semi-space-size=128',
        '--max-semi-space-size=128',
      ],
    });
    child.once('message', resolve);
    child.once('exit', (code) => reject(new Error(`exit code ${code}`)));
  });
}

async function measure(seed) {
  const { RedisClusterClient } = await import('../dist/index.js');
  const client = new RedisClusterClient({ nodes: [seed] });
  await client.connect();
  const value = 'v'.repeat(100);
  const keys = Array.from({ length: 10_000 }, (_, nth) => `key:${nth}`);
  let next = 0;
  const nextKey = () => keys[next++ % keys.length];
  const nextKeys = () => Array.from({ length: SIZE }, nextKey);
  for (let done = 0; done < keys.length; done += SIZE) {
    await Promise.all(nextKeys().map((key) => client.set(key, value)));
  }

  const fields = Array.from({ length: FIELDS }, (_, nth) => [
    `field:${nth}`,
    `value:${nth}`,
  ]);
  const nextHash = () => `hash:${next++ % HASHES}`;
  for (let nth = 0; nth < HASHES; nth++) {
    await client.hset(`hash:${nth}`, Object.fromEntries(fields));
  }

  const storage = new AsyncLocalStorage();
  const inStorage = ({ run, commands }) => ({
    run: () => storage.run({ request: 1 }, run),
    commands,
  });
  const wave = (call) => ({
    run: () => Promise.all(Array.from({ length: CALLERS }, call)),
    commands: CALLERS,
  });
  const workloads = {
    get: wave(() => client.get(nextKey())),
    set: wave(() => client.set(nextKey(), value)),
    'get, one caller': {
      run: () => client.get(nextKey()),
      commands: 1,
      // one command each: more of them, or what runs beside counts for much
      waves: 5 * WAVES,
    },
    pipeline: {
      run: () =>
        client.pipeline((p) => nextKeys().forEach((key) => void p.get(key))),
      commands: SIZE,
    },
    mget: { run: () => client.mget(nextKeys()), commands: SIZE },
    mset: {
      run: () => client.mset(nextKeys().map((key) => [key, value])),
      commands: SIZE,
    },
    hgetall: { ...wave(() => client.hgetall(nextHash())), waves: WAVES / 10 },
    'get in an AsyncLocalStorage': inStorage(wave(() => client.get(nextKey()))),
    'set in an AsyncLocalStorage': inStorage(
      wave(() => client.set(nextKey(), value)),
    ),
  };
  const measured = {};
  const writes = countWrites();
  const collections = watchCollections();
  for (const [name, { run, commands, waves = WAVES }] of Object.entries(
    workloads,
  )) {
    const rounds = [];
    for (let round = 0; rounds.length < WARM_UPS + ROUNDS; round++) {
      if (round === MOST_ROUNDS) {
        throw new Error(`${name}: garbage is collected in round after round`);
      }
      globalThis.gc();
      await collections.reported();
      const collectionsBefore = collections.count;
      const heapBefore = process.memoryUsage().heapUsed;
      const writesBefore = writes.count;
      for (let done = 0; done < waves; done++) await run();
      const heap = process.memoryUsage().heapUsed - heapBefore;
      const written = writes.count - writesBefore;
      await collections.reported();
      // it would make the round the smallest
      if (collections.count > collectionsBefore) continue;
      const count = waves * commands;
      rounds.push({ bytes: heap / count, writes: written / count });
    }
    const counted = rounds.slice(WARM_UPS);
    measured[name] = {
      bytes: Math.min(...counted.map(({ bytes }) => bytes)),
      writes: Math.min(...counted.map(({ writes: count }) => count)),
    };
  }
  process.send(measured, () => process.disconnect());
  await client.close();
}

/** Both `_write` and `_writev` of a socket end there, once for each system call. */
function countWrites() {
  const writes = { count: 0 };
  const original = Socket.prototype._writeGeneric;
  Socket.prototype._writeGeneric = function counted(...args) {
    writes.count += 1;
    return original.apply(this, args);
  };
  return writes;
}

/** Counts garbage collections; those before `reported` resolves are counted then. */
function watchCollections() {
  const collections = {
    count: 0,
    async reported() {
      await nextTurn();
      await nextTurn();
    },
  };
  new PerformanceObserver((list) => {
    collections.count += list.getEntries().length;
  }).observe({ entryTypes: ['gc'] });
  return collections;
}
