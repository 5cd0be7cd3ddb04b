import { VALUE } from './keys.mjs';

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
};

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
  const { call } = WORKLOADS[workload];
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
      tally.done += 1;
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
