import { clock } from '../../time/clock.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { Window } from './pipeline-feeder.js';
import {
  atPosition,
  PipelinePlan,
  type PipelineCluster,
  type PipelineParts,
  type QueuedCommand,
} from './pipeline-plan.js';
import type { PipelineOutcome } from './pipeline.js';

/**
 * More of a pipeline than this is not with one node at a time. A node executes
 * some hundred commands per network round trip; this fills also a long one.
 */
const WINDOW: Window = { commands: 4_096, bytes: 16 * 1024 * 1024 };

/** Plans the commands of pipelines, all of them before the first is sent, and runs them. */
export class PipelineRunner {
  private readonly window: Window;

  constructor(
    private readonly cluster: PipelineCluster,
    private readonly parts: PipelineParts,
  ) {
    // half a queue is left to other callers
    const { commands, bytes } = cluster.queueLimits;
    this.window = {
      commands: Math.min(WINDOW.commands, Math.ceil(commands / 2)),
      bytes: Math.min(WINDOW.bytes, bytes / 2),
    };
  }

  /**
   * @returns how each command ended; rejects only when nothing was sent
   */
  run(
    commands: readonly QueuedCommand[],
    settings: CallSettings,
  ): Promise<PipelineOutcome> {
    const startedAt = clock.now;
    const unknown = commands.some(({ spec }) => spec.source === 'unknown');
    if (!unknown && (this.cluster.nodes.known || commands.length === 0)) {
      return this.start(commands, settings, startedAt);
    }
    return this.prepare(commands, settings, startedAt);
  }

  /** Waits for the topology, and for what the servers say of commands that are in no table. */
  private async prepare(
    commands: readonly QueuedCommand[],
    settings: CallSettings,
    startedAt: number,
  ): Promise<PipelineOutcome> {
    settings.signal?.throwIfAborted();
    const { calls } = this.parts;
    if (!this.cluster.nodes.known) {
      await calls.primariesKnown(commands[0]!.spec, settings, startedAt);
    }
    // a queued reply refuses to be what a promise resolves with
    const known = commands.map(({ spec, args }) => ({ spec, args }));
    await Promise.all(
      known.map(async (command, position) => {
        if (command.spec.source !== 'unknown') return;
        try {
          const { unknownCommands } = this.parts;
          const found = await unknownCommands.describe(command, settings);
          known[position] = { spec: found.spec, args: [...found.args] };
        } catch (error) {
          throw atPosition(error, position);
        }
      }),
    );
    return this.start(known, settings, startedAt);
  }

  private start(
    commands: readonly QueuedCommand[],
    settings: CallSettings,
    startedAt: number,
  ): Promise<PipelineOutcome> {
    return new Promise((resolve, reject) => {
      if (commands.length === 0) {
        resolve({ replies: [], errors: undefined });
        return;
      }
      const { signal } = settings;
      let plan: PipelinePlan;
      try {
        signal?.throwIfAborted();
        plan = new PipelinePlan(
          commands,
          settings,
          startedAt,
          this.cluster,
          this.parts,
          (outcome) => {
            if (signal !== undefined) {
              signal.removeEventListener('abort', abort);
            }
            resolve(outcome);
          },
        );
      } catch (error) {
        reject(error);
        return;
      }
      const { pipeline, barriers } = plan;
      const abort = (): void => pipeline.abort(signal!.reason);
      signal?.addEventListener('abort', abort, { once: true });
      pipeline.start(
        barriers,
        plan.fits(this.window) ? undefined : this.window,
      );
    });
  }
}
