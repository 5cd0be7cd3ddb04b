import { AsyncResource } from 'node:async_hooks';
import {
  CommandFlag,
  type Argument,
  type CommandSpec,
} from '../../commands/command-spec.js';
import type { FoundCommand } from '../../commands/command-table.js';
import { sizeOf } from '../../connection/request.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { CrossSlotError } from '../../errors/cross-slot-error.js';
import { openScopes } from '../../replication/scope/open-scopes.js';
import { keySlot } from '../../routing/key-slot.js';
import { formOf, planCommand } from '../../routing/plan.js';
import { clock } from '../../time/clock.js';
import { blockingTimeoutMs } from '../calls/blocking.js';
import { Call } from '../calls/call.js';
import type { CallFactory } from '../calls/call-factory.js';
import type { CallRunner } from '../calls/call-runner.js';
import type { CallSettings } from '../calls/call-settings.js';
import { unsentInTime } from '../calls/final-errors.js';
import type {
  FanOutCluster,
  FanOutRunner,
} from '../fan-outs/fan-out-runner.js';
import { Pipeline, type PipelineOutcome } from './pipeline.js';
import { routePipelineReads } from './pipeline-reads.js';
import type { Barrier, Window } from './pipeline-feeder.js';
import { formatOf } from '../calls/reply-shape.js';
import type { UnknownCommands } from '../learning/unknown-commands.js';
import { rejectPart, resolvePart } from '../calls/settle-part.js';

/** A command as it was queued. */
export interface QueuedCommand {
  readonly spec: CommandSpec;
  readonly args: Argument[];
}

/** What a pipeline needs from the cluster around it. */
export interface PipelineCluster extends FanOutCluster {
  /** What a node's queue holds at most. */
  readonly queueLimits: Window;
}

/** What runs the parts of a pipeline. */
export interface PipelineParts {
  readonly runner: CallRunner;
  readonly calls: CallFactory;
  readonly fanOuts: FanOutRunner;
  readonly unknownCommands: UnknownCommands;
  /** A command as it goes out: with what the servers said of it, and with prefixed keys. */
  readonly wireCommand: (spec: CommandSpec, args: Argument[]) => FoundCommand;
}

/** The calls and barriers that the commands of one pipeline become. */
export class PipelinePlan {
  readonly pipeline: Pipeline;
  readonly barriers: Barrier[] = [];
  private readonly calls: Call[] = [];
  private bytes = 0;
  private slotWithoutKeys = -1;
  private writesEverywhere = false;
  private readonly partSettings: CallSettings;

  /**
   * @throws {ConfigurationError} and {@link CrossSlotError}, with the place of
   *   the command that cannot be run as asked
   */
  constructor(
    commands: readonly QueuedCommand[],
    private readonly settings: CallSettings,
    private readonly startedAt: number,
    private readonly cluster: PipelineCluster,
    private readonly parts: PipelineParts,
    finished: (outcome: PipelineOutcome) => void,
  ) {
    // the pipeline listens to the signal once, for all, and routes its reads when it knows them all
    this.partSettings = { ...settings, signal: undefined, readFrom: undefined };
    const alone: (Call | undefined)[] = Array.from({ length: commands.length });
    this.pipeline = new Pipeline(
      commands.length,
      this.calls,
      alone,
      parts.runner,
      cluster.nodes,
      finished,
    );
    const { runner, calls } = parts;
    const { format } = settings;
    const deadline = startedAt + settings.timeoutMs;
    for (let position = 0; position < commands.length; position++) {
      const queued = commands[position]!;
      const { spec, args } = parts.wireCommand(queued.spec, queued.args);
      this.bytes += sizeOf(args);
      let call: Call | undefined;
      if (spec.plain && spec.firstKey < args.length) {
        call = new Call(
          runner,
          spec,
          args,
          keySlot(args[spec.firstKey] as string),
          resolvePart,
          rejectPart,
          formatOf(spec, format),
          startedAt,
          deadline,
        );
        if (openScopes !== 0) calls.joinScope(call);
      } else {
        try {
          call = this.planOther(position, spec, args);
        } catch (error) {
          throw atPosition(error, position);
        }
        if (call === undefined) continue;
      }
      call.whole = this.pipeline;
      call.part = position;
      alone[position] = call;
      this.calls.push(call);
    }
    const { readFrom } = settings;
    if (readFrom !== undefined) {
      routePipelineReads(this.calls, readFrom, calls, this.writesEverywhere);
    }
  }

  /** Whether it may be sent at once. */
  fits({ commands, bytes }: Window): boolean {
    return this.calls.length <= commands && this.bytes <= bytes;
  }

  /** @returns the call, for a command that is one */
  private planOther(
    position: number,
    given: CommandSpec,
    args: Argument[],
  ): Call | undefined {
    const spec = formOf(given, args);
    const { partSettings, pipeline, startedAt } = this;
    const { calls, fanOuts } = this.parts;
    const plan = planCommand(spec, args, partSettings.nonAtomicCrossSlot);
    refuseBlocking(spec, args);
    if (plan.kind === 'split') {
      const settle = settlerOf(pipeline, position);
      const split = fanOuts.newSplit(
        spec,
        plan.parts,
        partSettings,
        settle,
        pipeline,
        startedAt,
      );
      for (const part of split.parts) this.calls.push(part);
      return undefined;
    }
    if (plan.kind === 'fanOut') {
      this.addBarrier(position, spec, args, plan.target);
      return undefined;
    }
    const slot = plan.kind === 'slot' ? plan.slot : this.anySlot();
    return calls.newPart(spec, args, slot, partSettings, startedAt);
  }

  private addBarrier(
    position: number,
    spec: CommandSpec,
    args: Argument[],
    target: 'primaries' | 'nodes',
  ): void {
    const { pipeline, settings, startedAt } = this;
    const { fanOuts } = this.parts;
    if ((spec.flags & CommandFlag.ReadOnly) === 0) this.writesEverywhere = true;
    const settle = settlerOf(pipeline, position);
    const run = (ended: () => void): void => {
      const { resolve, reject } = settle;
      const settleAndGoOn = {
        resolve: (reply: unknown) => {
          resolve(reply);
          ended();
        },
        reject: (error: Error) => {
          reject(error);
          ended();
        },
      };
      if (settings.signal?.aborted) {
        settleAndGoOn.reject(settings.signal.reason as Error);
        return;
      }
      if (startedAt + settings.timeoutMs <= clock.refresh()) {
        // what stood before it has taken all the time: nothing is changed behind it
        settleAndGoOn.reject(unsentInTime(spec));
        return;
      }
      fanOuts.fanOut(spec, args, target, settings, settleAndGoOn, startedAt);
    };
    this.barriers.push({
      behind: this.calls.length,
      // it begins with some reply, outside the caller's scope
      run: openScopes === 0 ? run : AsyncResource.bind(run),
    });
  }

  /** Commands without keys go to one primary, one after the other: a channel's messages keep their order. */
  private anySlot(): number {
    if (this.slotWithoutKeys === -1) {
      const primaries = this.cluster.nodes.primaries();
      const offset = Math.floor(Math.random() * primaries.length);
      const turned = [
        ...primaries.slice(offset),
        ...primaries.slice(0, offset),
      ];
      const usable = turned.find(({ node }) => node.connected) ?? turned[0];
      this.slotWithoutKeys = usable?.slot ?? 0;
    }
    return this.slotWithoutKeys;
  }
}

function settlerOf(
  pipeline: Pipeline,
  position: number,
): { resolve: (reply: unknown) => void; reject: (error: Error) => void } {
  return {
    resolve: (reply) => pipeline.commandReplied(position, reply),
    reject: (error) => pipeline.commandFailed(position, error),
  };
}

function refuseBlocking(spec: CommandSpec, args: readonly Argument[]): void {
  if (
    (spec.flags & CommandFlag.Blocking) === 0 ||
    blockingTimeoutMs(spec, args) === undefined
  ) {
    return;
  }
  throw new ConfigurationError(
    `${spec.name} may block, and would hold up what stands behind it in the pipeline. ` +
      'Call it on the client: there it has a connection of its own',
    { command: spec.name },
  );
}

/** The same error, with the place of its command. */
export function atPosition(error: unknown, position: number): unknown {
  const place = `Command ${position + 1} of the pipeline: `;
  if (error instanceof CrossSlotError) {
    const { message, keys, slots, command } = error;
    return new CrossSlotError(place + message, keys, slots, { command });
  }
  if (error instanceof ConfigurationError) {
    const { message, command, cause } = error;
    return new ConfigurationError(place + message, { command, cause });
  }
  return error;
}
