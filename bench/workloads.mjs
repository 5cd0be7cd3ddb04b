import { KEYS, VALUE } from './keys.mjs';

/** What a caller does again and again; a client without the operation sits out. */
export const WORKLOADS = {
  get: {
    title: 'GET',
    needs: 'get',
    call: (client, key) => client.get(key),
    check: (reply) => reply === VALUE,
  },
  set: {
    title: 'SET',
    needs: 'set',
    call: (client, key) => client.set(key, VALUE),
    check: (reply) => reply === 'OK',
  },
  replication: {
    title: 'SET acknowledged by one replica',
    needs: 'setReplicated',
    call: (client, key) => client.setReplicated(key, VALUE, 1, 1000),
    check: () => true,
  },
  pipeline10: pipelineOf(10, 50),
  pipeline1000: pipelineOf(1000, 1),
};

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

/** Those numbers of callers that a workload is measured with. */
export function callersOf(workload, callers) {
  const { mostCallers = Infinity } = WORKLOADS[workload];
  return callers.filter((count) => count <= mostCallers);
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
