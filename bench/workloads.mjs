import { AGGREGATES, ELEMENTS, KEYS, sameOf, VALUE, VALUES } from './keys.mjs';

/** How many replicas have to acknowledge a replicated SET: one, where the cluster is not said to have more. */
export const required = { replicas: 1 };

/**
 * What a caller does again and again; a client without the operation sits out.
 *
 * `callers` are the numbers of callers in a default run, `alsCallers` those
 * inside an AsyncLocalStorage besides; a workload without
 * them is measured by `--full` only, or when it is named. `mostCallers`: more
 * would only queue, or take more memory than a machine has. `leastRatio`: how
 * many times the throughput of some others ours is meant to have.
 */
export const WORKLOADS = {
  get: {
    title: 'GET',
    needs: 'get',
    callers: [1, 50, 500, 5000],
    alsCallers: [50, 500],
    call: (client, key) => client.get(key),
    check: (reply) => reply === VALUE,
  },
  set: {
    title: 'SET',
    needs: 'set',
    callers: [50, 500, 5000],
    alsCallers: [50, 500],
    call: (client, key) => client.set(key, VALUE),
    check: (reply) => reply === 'OK',
  },
  mixed: {
    title: '80 % GET, 20 % SET',
    needs: 'get',
    // by the key, which is random
    call: (client, key) =>
      key.endsWith('0') || key.endsWith('5')
        ? client.set(key, VALUE)
        : client.get(key),
    check: () => true,
  },
  incr: {
    title: 'INCR',
    needs: 'incr',
    call: (client, key) => client.incr(sameOf('counter', key, 10_000)),
    check: Number.isInteger,
  },
  get16b: getOf('16b', 'GET of 16 bytes'),
  set16b: setOf('16b', 'SET of 16 bytes'),
  get1k: getOf('1k', 'GET of 1 KiB'),
  set1k: setOf('1k', 'SET of 1 KiB'),
  get16k: { ...getOf('16k', 'GET of 16 KiB'), callers: [50], mostCallers: 500 },
  set16k: { ...setOf('16k', 'SET of 16 KiB'), callers: [50], mostCallers: 500 },
  get1m: { ...getOf('1m', 'GET of 1 MiB'), callers: [10], mostCallers: 10 },
  set1m: { ...setOf('1m', 'SET of 1 MiB'), callers: [10], mostCallers: 10 },
  gettext: getOf('text', 'GET of text beyond ASCII'),
  settext: setOf('text', 'SET of text beyond ASCII'),
  getbinary: {
    ...getOf('binary', 'GET of 100 bytes as a Buffer'),
    needs: 'getBuffer',
    call: (client, key) =>
      client.getBuffer(sameOf('binary', key, VALUES.binary.keys)),
    check: (reply) => VALUES.binary.value.equals(reply),
  },
  setbinary: setOf('binary', 'SET of a Buffer of 100 bytes'),
  mget10: mGetOf(10, 500),
  mget100: { ...mGetOf(100, 50), callers: [1, 50] },
  mget1000: mGetOf(1000, 10),
  mset10: mSetOf(10, 500),
  mset100: { ...mSetOf(100, 50), callers: [50] },
  mset1000: mSetOf(1000, 10),
  hgetall: {
    title: `HGETALL of ${ELEMENTS} fields`,
    needs: 'hGetAll',
    callers: [50],
    mostCallers: 500,
    call: (client, key) => client.hGetAll(sameOf('hash', key, AGGREGATES)),
    check: (reply) => Object.keys(reply).length === ELEMENTS,
  },
  zrange: {
    title: `ZRANGE of ${ELEMENTS} members`,
    needs: 'zRange',
    callers: [50],
    mostCallers: 500,
    call: (client, key) => client.zRange(sameOf('zset', key, AGGREGATES)),
    check: (reply) => reply.length === ELEMENTS,
  },
  replicaget: {
    title: 'GET at a replica',
    needs: 'getReplica',
    callers: [50],
    call: (client, key) => client.getReplica(key),
    // a replica may be behind what SET has written, but that was the same
    check: (reply) => reply === VALUE,
  },
  replication: {
    title: 'SET acknowledged by one replica',
    needs: 'setReplicated',
    callers: [50],
    call: (client, key) =>
      client.setReplicated(key, VALUE, required.replicas, 1000),
    check: () => true,
  },
  pipeline10: pipelineOf(10, 50),
  pipeline1000: {
    ...pipelineOf(1000, 1),
    callers: [1],
    leastRatio: { ioredis: 4, 'node-redis-one-node': 1 },
  },
};

function getOf(kind, title) {
  const { value, keys } = VALUES[kind];
  return {
    title,
    needs: 'get',
    call: (client, key) => client.get(sameOf(kind, key, keys)),
    check: (reply) => reply === value,
  };
}

function setOf(kind, title) {
  const { value, keys } = VALUES[kind];
  return {
    title,
    needs: 'set',
    call: (client, key) => client.set(sameOf(kind, key, keys), value),
    check: (reply) => reply === 'OK',
  };
}

/** Figures are per call, of so many keys all over the slots. */
function mGetOf(size, mostCallers) {
  return {
    title: `MGET of ${size} random keys`,
    needs: 'mGet',
    mostCallers,
    call: (client, key) => client.mGet(keysFrom(key, size)),
    check: (replies) =>
      replies.length === size && replies.every((reply) => reply === VALUE),
  };
}

function mSetOf(size, mostCallers) {
  return {
    title: `MSET of ${size} random keys`,
    needs: 'mSet',
    mostCallers,
    call: (client, key) => client.mSet(keysFrom(key, size), VALUE),
    check: () => true,
  };
}

/** One call is that many GETs over all slots; figures are per command. More callers would only queue. */
function pipelineOf(size, mostCallers) {
  return {
    title: `GET in pipelines of ${size}`,
    needs: 'getPipeline',
    commands: size,
    mostCallers,
    call: (client, key) => client.getPipeline(keysFrom(key, size)),
    check: (replies) =>
      replies.length === size && replies.every((reply) => reply === VALUE),
  };
}

/** Keys all over the slots: neighbours share none. */
function keysFrom(key, size) {
  const first = Number(key.slice(-6));
  return Array.from(
    { length: size },
    (_, n) => KEYS[(first + n) % KEYS.length],
  );
}

/** The workloads of a default run. */
export function defaultWorkloads() {
  return Object.keys(WORKLOADS).filter((name) => WORKLOADS[name].callers);
}

/**
 * The numbers of callers that a workload is measured with.
 *
 * @param chosen what the command line says; undefined for the workload's own
 */
export function callersOf(workload, chosen) {
  const { mostCallers = Infinity, callers = [50] } = WORKLOADS[workload];
  const fitting = (chosen ?? callers).filter((count) => count <= mostCallers);
  return fitting.length > 0 ? fitting : [Math.min(mostCallers, ...chosen)];
}

/** What is measured: each workload with each number of callers, and some inside an AsyncLocalStorage besides. */
export function cellsOf(workloads, { callers, als }) {
  return workloads.flatMap((workload) => {
    const { alsCallers = [] } = WORKLOADS[workload];
    const counts = callersOf(workload, callers);
    const inside = als
      ? []
      : counts.filter((count) => alsCallers.includes(count));
    return [
      ...counts.map((count) => ({
        workload,
        callers: count,
        als,
        clients: {},
      })),
      ...inside.map((count) => ({
        workload,
        callers: count,
        als: true,
        clients: {},
      })),
    ];
  });
}

/** What a cell is called. */
export function titleOf({ workload, callers, als }) {
  const who = `${callers.toLocaleString('en-US')} ${callers === 1 ? 'caller' : 'callers'}`;
  return `${WORKLOADS[workload].title}, ${who}${als ? ', in an AsyncLocalStorage' : ''}`;
}

/** Whether a connected client takes part in a workload. */
export function takesPart(client, workload) {
  return client.drive
    ? client.workloads.includes(workload)
    : client[WORKLOADS[workload].needs] !== undefined;
}

/**
 * Starts that many callers, each sending its next command when the last one
 * is answered.
 *
 * @returns ends them and waits for their last replies
 */
export function startCallers(client, workload, callers, nextKey, tally) {
  if (client.drive) return client.drive(workload, callers, tally);
  const { call, commands = 1 } = WORKLOADS[workload];
  // One call of 17 is timed: 50 and 500 callers, who answer in step, would
  // else always time the same ones. A lone caller times every call.
  const every = callers === 1 ? 1 : 17;
  let running = true;
  let untilSample = every;

  const caller = async () => {
    while (running) {
      if (--untilSample === 0) {
        untilSample = every;
        const started = performance.now();
        await call(client, nextKey());
        tally.record(performance.now() - started);
      } else {
        await call(client, nextKey());
      }
      tally.done += commands;
    }
  };
  const all = Promise.all(Array.from({ length: callers }, caller));
  // a failing call ends the window; until then nobody else looks at it
  all.catch((error) => {
    running = false;
    tally.failure ??= error;
  });
  return async () => {
    running = false;
    await all;
  };
}
