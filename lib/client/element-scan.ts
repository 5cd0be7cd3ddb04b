import { findCommand } from '../commands/command-table.js';
import type { Argument, CommandSpec, Key } from '../commands/command-spec.js';
import type { FieldValue } from '../commands/replies/hash-replies.js';
import type { ScoredMember } from '../commands/replies/score-replies.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
import { elementSteps } from '../execution/scans/element-scan.js';
import type { ScanExecutor } from '../execution/scans/scan-executor.js';
import { checkOptions } from './known-options.js';
import { countOption, keyOption, patternOption } from './scan-options.js';

/** What `sscanIterator` and `zscanIterator` look for. @publicApi */
export interface ElementScanOptions {
  /** A glob pattern of the members. */
  readonly match?: string | Buffer;
  /** How many elements the server looks at in one step. @default 1000 */
  readonly count?: number;
}

/** What `hscanIterator` looks for. @publicApi */
export interface HashScanOptions extends ElementScanOptions {
  /** Leaves the values out (Redis 7.4, Valkey 8). @default false */
  readonly noValues?: boolean;
}

/** The fields of a hash, with their values unless `noValues` is set. */
export function scanHash<Text>(
  executor: ScanExecutor,
  settings: CallSettings,
  key: Key,
  options: HashScanOptions,
): AsyncGenerator<FieldValue<Text> | Text, undefined> {
  checkOptions('hscanIterator', options, ['match', 'count', 'noValues']);
  const args = elementOptions('hscanIterator', options);
  if (options.noValues === true) args.push('NOVALUES');
  return elements(
    executor,
    settings,
    HSCAN,
    keyOption('hscanIterator', key),
    args,
  );
}

/** The members of a set. */
export function scanSet<Text>(
  executor: ScanExecutor,
  settings: CallSettings,
  key: Key,
  options: ElementScanOptions,
): AsyncGenerator<Text, undefined> {
  checkOptions('sscanIterator', options, ['match', 'count']);
  const args = elementOptions('sscanIterator', options);
  return elements(
    executor,
    settings,
    SSCAN,
    keyOption('sscanIterator', key),
    args,
  );
}

/** The members of a sorted set, with their scores. */
export function scanSortedSet<Text>(
  executor: ScanExecutor,
  settings: CallSettings,
  key: Key,
  options: ElementScanOptions,
): AsyncGenerator<ScoredMember<Text>, undefined> {
  checkOptions('zscanIterator', options, ['match', 'count']);
  const args = elementOptions('zscanIterator', options);
  return elements(
    executor,
    settings,
    ZSCAN,
    keyOption('zscanIterator', key),
    args,
  );
}

const HSCAN = findCommand(['HSCAN'])!.spec;
const SSCAN = findCommand(['SSCAN'])!.spec;
const ZSCAN = findCommand(['ZSCAN'])!.spec;

function elementOptions(
  method: string,
  options: ElementScanOptions,
): Argument[] {
  const match = patternOption(method, options.match);
  const count = countOption(method, options.count);
  return match === undefined
    ? ['COUNT', count]
    : ['MATCH', match, 'COUNT', count];
}

async function* elements<Element>(
  executor: ScanExecutor,
  settings: CallSettings,
  spec: CommandSpec,
  key: Key,
  options: Argument[],
): AsyncGenerator<Element, undefined> {
  const query = { spec, key, options, settings };
  for await (const step of elementSteps(executor, query)) {
    const found = step.entries ?? step.fields ?? step.members ?? [];
    yield* found as Element[];
  }
  return undefined;
}
