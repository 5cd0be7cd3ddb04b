import { randomKeys } from '../keys.mjs';
import { serves } from '../raw-node.mjs';

/** What both floors have in common: commands made before, and one write per node and turn. */
export const COMMANDS_READY = 20_000;

/** So many random keys that a shard serves. */
export function keysOf(shard) {
  const next = randomKeys(12345);
  const keys = [];
  while (keys.length < COMMANDS_READY) {
    const key = next();
    if (serves(shard, key)) keys.push(key);
  }
  return keys;
}

/** Flushes every lane once in a turn of the event loop; what a lone caller sends, at once. */
export function flushByTurns(lanes, callers) {
  let flushing = false;
  const flush = () => {
    flushing = false;
    for (const lane of lanes) lane.flush();
  };
  return () => {
    if (callers === 1) {
      flush();
    } else if (!flushing) {
      flushing = true;
      setImmediate(flush);
    }
  };
}
