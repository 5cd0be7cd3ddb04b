import { createHash } from 'node:crypto';
import type { Argument } from '../../commands/command-spec.js';
import { slotOfPattern } from '../../routing/pattern-slot.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { ScanExecutor } from './scan-executor.js';

/** What a scan of the cluster looks for. */
export interface ScanQuery {
  /** A glob pattern, without the client's key prefix. */
  readonly match: string | Buffer | undefined;
  readonly type: string | undefined;
  /** How many keys a server looks at for one page. */
  readonly count: number;
  /** How many nodes are scanned at a time. */
  readonly parallel: number;
  readonly settings: CallSettings;
}

/** The options of a page's command. */
export function pageOptions({ match, count, type }: ScanQuery): Argument[] {
  const options: Argument[] = ['COUNT', count];
  if (match !== undefined) options.unshift('MATCH', match);
  if (type !== undefined) options.push('TYPE', type);
  return options;
}

/** The one slot in which all keys that match lie; -1 where there is no such slot. */
export function slotOfQuery(query: ScanQuery, executor: ScanExecutor): number {
  return slotOfPattern(executor.wirePattern(query.match ?? '*'));
}

/** Tells queries apart: a cursor of one would leave keys of another out. */
export function fingerprintOf(
  { match, type }: ScanQuery,
  executor: ScanExecutor,
): string {
  const hash = createHash('sha256').update(executor.wirePattern(match ?? '*'));
  return hash
    .update(`\0${type?.toLowerCase() ?? ''}`)
    .digest('base64url')
    .slice(0, 8);
}
