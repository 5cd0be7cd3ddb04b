import { findCommand } from '../../commands/command-table.js';
import type {
  Argument,
  CommandSpec,
  Key,
} from '../../commands/command-spec.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { ConnectionError } from '../../errors/connection-error.js';
import { ReplyError } from '../../errors/reply-error.js';
import { DEFAULT_REPLIES } from '../../options/reply-options.js';
import type { CallSettings } from '../calls/call-settings.js';
import { runIdOf } from './census-taker.js';
import { placeOf } from './page-reader.js';
import { formatBits } from '../calls/reply-shape.js';
import type { ScanExecutor } from './scan-executor.js';

const INFO = findCommand(['INFO', 'server'])!;

/** What a scan of one key's elements sends. */
export interface ElementQuery {
  readonly spec: CommandSpec;
  readonly key: Key;
  /** Behind the cursor. */
  readonly options: readonly Argument[];
  readonly settings: CallSettings;
}

/** One step's elements, under the name that the command's reply has for them. */
export interface ElementStep {
  readonly cursor: string;
  readonly entries?: readonly unknown[];
  readonly fields?: readonly unknown[];
  readonly members?: readonly unknown[];
}

/**
 * The steps of HSCAN, SSCAN or ZSCAN. Where a cursor leads depends on a number
 * that a server's process draws when it starts, so one that another process
 * gave skips elements and tells nobody. All steps of a scan must therefore be
 * answered by one node, and by the same process ahead of the first of them and
 * behind the last. Otherwise (a failover, a restart, a slot that has moved) it
 * begins again: elements may come twice, none is missed that was there
 * throughout.
 */
export async function* elementSteps(
  executor: ScanExecutor,
  query: ElementQuery,
): AsyncGenerator<ElementStep, undefined> {
  const first = await stepAt(executor, query, '0');
  if (first.step.cursor === '0') {
    yield first.step;
    return undefined;
  }
  // its process is not known: all that counts of it is who answers
  let { node } = first;
  for (;;) {
    const process = await processOf(executor, node, query.settings);
    let cursor = '0';
    let isSame: boolean;
    do {
      const answer = await stepAt(executor, query, cursor);
      isSame = answer.node === node;
      ({ node } = answer);
      ({ cursor } = answer.step);
      // nothing of another node is wrong, but its cursor is of no use
      yield answer.step;
    } while (isSame && cursor !== '0');
    if (!isSame) continue;
    if (process === (await processOf(executor, node, query.settings))) {
      return undefined;
    }
  }
}

async function stepAt(
  executor: ScanExecutor,
  { spec, key, options, settings }: ElementQuery,
  cursor: string,
): Promise<{ step: ElementStep; node: string }> {
  const { reply, node } = await executor.executeTelling(
    spec,
    [key, cursor, ...options],
    settings,
  );
  return { step: reply as ElementStep, node: node.label };
}

/** What runs at a node now; a new symbol where it cannot be asked, so that it is none of before. */
async function processOf(
  executor: ScanExecutor,
  node: string,
  settings: CallSettings,
): Promise<string | symbol> {
  const plain = {
    ...settings,
    replies: DEFAULT_REPLIES,
    format: formatBits(DEFAULT_REPLIES),
  };
  try {
    const { spec, args } = INFO;
    const place = placeOf(node);
    const info = await executor.executeAt(place, spec, [...args], plain);
    const id = runIdOf(info);
    if (id !== undefined) return id;
  } catch (error) {
    // lost, or no part of the cluster any more
    if (error instanceof ConnectionError) return Symbol(node);
    if (error instanceof ConfigurationError) return Symbol(node);
    throw error;
  }
  throw new ReplyError('INFO server has no run_id, which a scan goes by', {
    command: 'INFO',
    node,
  });
}
