import { constants } from 'node:os';

/** npm passes a Ctrl-C on that the terminal has sent here already. */
const SAME_SIGNAL_MS = 1000;

/**
 * Takes SIGINT, SIGTERM and SIGHUP and passes the first one to a child. What
 * comes within a second of it is the same request; a later one is from
 * somebody who does not want to wait, and ends the child at once.
 */
export function forwardSignals() {
  let child;
  let receivedAt;
  const state = {
    /** The first signal. */
    received: undefined,
    /** Names the child; a signal that came before is passed on now. */
    passTo(started) {
      child = started;
      if (state.received) child.kill(state.received);
    },
    exitCodeOf: (signal) => 128 + constants.signals[signal],
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (!state.received) {
        state.received = signal;
        receivedAt = performance.now();
        child?.kill(signal);
      } else if (performance.now() - receivedAt > SAME_SIGNAL_MS) {
        child?.kill('SIGKILL');
      }
    });
  }
  return state;
}
