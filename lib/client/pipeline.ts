import { ConfigurationError } from '../errors/configuration-error.js';
import { FanOutError } from '../errors/fan-out-error.js';
import { OutcomeUnknownError } from '../errors/outcome-unknown-error.js';
import {
  PipelineError,
  type PipelineResult,
} from '../errors/pipeline-error.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
import type { Executor } from '../execution/executor.js';
import type { PipelineOutcome } from '../execution/pipelines/pipeline.js';
import { clock } from '../time/clock.js';
import {
  queueCommands,
  type QueuedCommands,
  type WantedReplies,
} from './queued-commands.js';
import type { QueuedReply } from './queued-reply.js';
import { traced } from '../execution/tracing/command-trace.js';

/** What `pipeline` gives, and when it rejects. @publicApi */
export interface PipelineOptions {
  /**
   * Gives the result of each command as `Promise.allSettled` does, and rejects
   * only when nothing was sent.
   *
   * @default false
   */
  readonly settle?: boolean;
}

/** Queues what the callback calls, runs it, and gives the results it wants. */
export function runPipeline(
  executor: Executor,
  settings: CallSettings,
  callback: (pipeline: QueuedCommands<any>) => WantedReplies,
  options: PipelineOptions = {},
): Promise<unknown[]> {
  return traced('PIPELINE', () => run(executor, settings, callback, options));
}

async function run(
  executor: Executor,
  settings: CallSettings,
  callback: (pipeline: QueuedCommands<any>) => WantedReplies,
  options: PipelineOptions,
): Promise<unknown[]> {
  checkOptions(options);
  const { commands, wanted } = queueCommands('pipeline', callback);
  const startedAt = clock.refresh();
  const outcome = await executor.executePipeline(commands, settings);
  const { replies, errors } = outcome;
  if (options.settle === true) {
    return wanted.map(({ position }) => settled(outcome, position));
  }
  if (errors !== undefined) throw pipelineError(commands, outcome, startedAt);
  return wanted === commands
    ? replies
    : wanted.map(({ position }) => replies[position]);
}

function checkOptions(options: unknown): void {
  const isObject = typeof options === 'object' && options !== null;
  const other = isObject
    ? Object.keys(options).find((name) => name !== 'settle')
    : 'no object';
  const settle = isObject && (options as PipelineOptions).settle;
  if (other !== undefined || typeof (settle ?? false) !== 'boolean') {
    throw new ConfigurationError(
      'pipeline: expected { settle: boolean } as options; time and signal are those of with()',
    );
  }
}

function settled(
  { replies, errors }: PipelineOutcome,
  position: number,
): PromiseSettledResult<unknown> {
  const reason = errors?.get(position);
  return reason === undefined
    ? { status: 'fulfilled', value: replies[position] }
    : { status: 'rejected', reason };
}

function pipelineError(
  commands: readonly QueuedReply[],
  { replies, errors }: PipelineOutcome,
  startedAt: number,
): PipelineError {
  const results = commands.map(({ spec }, position): PipelineResult => {
    const error = errors!.get(position);
    return error === undefined
      ? { command: spec.name, outcome: 'applied', reply: replies[position] }
      : { command: spec.name, outcome: outcomeOf(error), error };
  });
  const places = [...errors!.keys()].toSorted((left, right) => left - right);
  const shown = places
    .slice(0, 5)
    .map((place) => {
      const { command, error } = results[place]!;
      return `command ${place + 1} (${command}): ${error!.message}`;
    })
    .join('; ');
  const more = places.length > 5 ? `; and ${places.length - 5} more` : '';
  return new PipelineError(
    `${places.length} of ${commands.length} commands of the pipeline failed: ${shown}${more}`,
    results,
    {
      command: results[places[0]!]!.command,
      cause: results[places[0]!]!.error,
      elapsedMs: Math.round(clock.refresh() - startedAt),
    },
  );
}

function outcomeOf(error: Error): PipelineResult['outcome'] {
  if (error instanceof OutcomeUnknownError) return 'unknown';
  if (!(error instanceof FanOutError)) return 'failed';
  const outcomes = new Set(error.parts.map(({ outcome }) => outcome));
  if (outcomes.has('unknown')) return 'unknown';
  return outcomes.has('applied') ? 'partial' : 'failed';
}
