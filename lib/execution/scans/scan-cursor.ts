import { ConfigurationError } from '../../errors/configuration-error.js';
import { formatSlots, parseSlots } from '../../topology/slot-ranges.js';

/** Where a pass over one node stands: what it takes for another process to go on. */
export interface PassProgress {
  /** The node's id. */
  readonly node: string;
  /** The beginning of its process's run id: the server's cursor means nothing to another process. */
  readonly process: string;
  /** Its configuration epoch at the last look. */
  readonly epoch: number;
  /** Behind the last page that was handed out. */
  readonly position: string;
  /** The slots that the pass will cover. */
  readonly slots: readonly number[];
}

/** What is left of a scan. */
export interface ScanProgress {
  /** Slots of which nothing is proven. */
  readonly open: readonly number[];
  readonly passes: readonly PassProgress[];
}

/** As the server's own: the cursor before the first page, and behind the last. */
export const NO_CURSOR = '0';

const VERSION = 1;

/** How much of a run id is kept: 48 of its 160 bits. */
const PROCESS_LENGTH = 12;

/** The part of a run id that cursors hold. */
export function processOf(runId: string): string {
  return runId.slice(0, PROCESS_LENGTH);
}

/** A scan's progress as text for storage, about 150 characters a node. */
export function encodeCursor(
  { open, passes }: ScanProgress,
  fingerprint: string,
): string {
  if (open.length === 0 && passes.length === 0) return NO_CURSOR;
  const parts = passes.map((pass) => [
    formatSlots(pass.slots),
    pass.node,
    pass.process,
    pass.epoch,
    pass.position,
  ]);
  const fields = [VERSION, fingerprint, formatSlots(open), ...parts];
  return Buffer.from(JSON.stringify(fields)).toString('base64url');
}

/**
 * Reads what {@link encodeCursor} made; undefined for the cursor to begin with.
 *
 * @throws {ConfigurationError} for anything else, and for the cursor of
 *   another version or query
 */
export function decodeCursor(
  cursor: string,
  fingerprint: string,
): ScanProgress | undefined {
  if (cursor === NO_CURSOR) return undefined;
  const fields = parse(cursor);
  const [version, query, open, ...parts] = fields ?? [];
  if (typeof version === 'number' && version !== VERSION) {
    throw refused(`it is of version ${version}, not ${VERSION}`);
  }
  const openSlots = slotsOf(open);
  const passes = parts.map(passOf);
  if (
    version !== VERSION ||
    openSlots === undefined ||
    passes.includes(undefined)
  ) {
    throw refused('it is no cursor of scanIterator');
  }
  if (query !== fingerprint) {
    throw refused('it belongs to a scan with another match or type');
  }
  return { open: openSlots, passes: passes as PassProgress[] };
}

function parse(cursor: string): unknown[] | undefined {
  try {
    const fields: unknown = JSON.parse(
      Buffer.from(cursor, 'base64url').toString(),
    );
    return Array.isArray(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

function passOf(part: unknown): PassProgress | undefined {
  if (!Array.isArray(part)) return undefined;
  const [ranges, node, process, epoch, position] = part as unknown[];
  const slots = slotsOf(ranges);
  return slots !== undefined &&
    typeof node === 'string' &&
    typeof process === 'string' &&
    typeof epoch === 'number' &&
    typeof position === 'string'
    ? { slots, node, process, epoch, position }
    : undefined;
}

function slotsOf(text: unknown): number[] | undefined {
  return typeof text === 'string' ? parseSlots(text) : undefined;
}

function refused(why: string): ConfigurationError {
  return new ConfigurationError(`scanIterator: cursor: ${why}`);
}
