import {
  CommandFlag,
  type Argument,
  type CommandSpec,
} from '../../commands/command-spec.js';

/** Blocking commands whose timeout in seconds stands before other arguments, and where. */
const TIMEOUT_AT: ReadonlyMap<string, number> = new Map([
  ['BLMPOP', 0],
  ['BZMPOP', 0],
  ['BLMOVEM', 4],
]);

/** Those where it is the last. */
const TIMEOUT_LAST = new Set([
  'BLMOVE',
  'BLPOP',
  'BRPOP',
  'BRPOPLPUSH',
  'BZPOPMAX',
  'BZPOPMIN',
]);

/** Those where it is the last, in milliseconds. */
const MILLISECONDS_LAST = new Set(['WAIT', 'WAITAOF']);

/** Blocking only with a BLOCK option, which counts milliseconds, and where options begin. */
const BLOCK_OPTION: ReadonlyMap<string, number> = new Map([
  ['XREAD', 0],
  // a group or consumer may be named BLOCK or STREAMS
  ['XREADGROUP', 3],
  // and so may a key
  ['TS.READ', 2],
]);

/** They end what a connection runs; behind it, on the same one, they would never be read. */
const BESIDE_OTHERS = new Set(['SCRIPT KILL', 'FUNCTION KILL']);

/**
 * How long a command may block its connection, in milliseconds: with any such
 * time it gets a connection of its own.
 *
 * @returns undefined when it may ride with others; Infinity when it has no timeout
 */
export function blockingTimeoutMs(
  spec: CommandSpec,
  args: readonly Argument[],
): number | undefined {
  if (BESIDE_OTHERS.has(spec.name)) return 0;
  if ((spec.flags & CommandFlag.Blocking) === 0) return undefined;
  const options = BLOCK_OPTION.get(spec.name);
  if (options !== undefined) return blockOption(args, options);
  const place = TIMEOUT_AT.get(spec.name);
  if (place !== undefined) return seconds(args[place]);
  if (MILLISECONDS_LAST.has(spec.name)) {
    return forever(Number(String(args[args.length - 1])));
  }
  // of a module's command nobody knows where its timeout is, or whether it has
  // one: it has a connection of its own, and the usual time
  return TIMEOUT_LAST.has(spec.name) ? seconds(args[args.length - 1]) : 0;
}

/**
 * The arguments of a blocking command with another time to block.
 *
 * @param ms positive
 */
export function withBlockingTimeout(
  spec: CommandSpec,
  args: readonly Argument[],
  ms: number,
): readonly Argument[] {
  const options = BLOCK_OPTION.get(spec.name);
  if (options !== undefined) {
    const block = args.findIndex(
      (word, index) =>
        index >= options && String(word).toUpperCase() === 'BLOCK',
    );
    return block === -1 ? args : args.with(block + 1, Math.ceil(ms));
  }
  // seconds with a fraction (Redis 6)
  const timeout = Math.ceil(ms) / 1_000;
  const place = TIMEOUT_AT.get(spec.name);
  if (place !== undefined) {
    return place < args.length ? args.with(place, timeout) : args;
  }
  return TIMEOUT_LAST.has(spec.name)
    ? args.with(args.length - 1, timeout)
    : args;
}

function seconds(timeout: Argument | undefined): number {
  return forever(Number(String(timeout)) * 1_000);
}

function blockOption(
  args: readonly Argument[],
  start: number,
): number | undefined {
  for (let index = start; index + 1 < args.length; index++) {
    const word = String(args[index]).toUpperCase();
    // keys stand behind STREAMS, and one may be named BLOCK
    if (word === 'STREAMS') return undefined;
    if (word === 'BLOCK') return forever(Number(String(args[index + 1])));
  }
  return undefined;
}

/** 0 blocks without end; what is no number is the server's to refuse. */
function forever(ms: number): number {
  return ms > 0 ? ms : Infinity;
}
