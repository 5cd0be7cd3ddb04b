import {
  CommandFlag,
  type Argument,
  type CommandSpec,
} from '../../commands/command-spec.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { CrossSlotError } from '../../errors/cross-slot-error.js';
import { keyIndexes } from '../../routing/command-keys.js';
import { keySlot } from '../../routing/key-slot.js';
import { shownKey } from '../../routing/shown-keys.js';
import { clock } from '../../time/clock.js';
import type { Call } from '../calls/call.js';
import type { CallFactory } from '../calls/call-factory.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { ClusterNode } from '../cluster-node.js';
import type { ClusterNodes } from '../cluster-nodes.js';
import { knownToHaveFailed } from './fan-out-runner.js';
import { NodeGathering } from './node-gathering.js';
import type { NodeGroup, NodePlace, NodeReplies, Place } from './place.js';

/** Runs commands where the caller wants them, whatever their policies. */
export class PlacedRunner {
  constructor(
    private readonly nodes: ClusterNodes,
    private readonly calls: CallFactory,
  ) {}

  /** Runs a command in one place. */
  async runAt(
    place: Place,
    spec: CommandSpec,
    args: readonly Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    const startedAt = clock.refresh();
    settings.signal?.throwIfAborted();
    if ('slot' in place) {
      refuseOtherSlots(place.slot, spec, args);
      return this.one(spec, args, place.slot, settings, startedAt, undefined);
    }
    const node = await this.memberAt(place, spec, settings, startedAt);
    return this.one(
      spec,
      args,
      -1,
      settings,
      startedAt,
      node,
      place.failsWhenLost,
    );
  }

  /** The node at an address, which must be one of the cluster. */
  async memberAt(
    { address, label }: NodePlace,
    spec: CommandSpec,
    settings: CallSettings,
    startedAt: number,
  ): Promise<ClusterNode> {
    await this.topologyKnown(spec, settings, startedAt);
    if (!this.nodes.isMember(label)) {
      throw new ConfigurationError(`at: ${label} is no node of the cluster`, {
        command: spec.name,
      });
    }
    return this.nodes.at(address);
  }

  /** Runs a command on each node of a group. */
  async runOnEach(
    group: NodeGroup,
    spec: CommandSpec,
    args: readonly Argument[],
    settings: CallSettings,
  ): Promise<NodeReplies<unknown>> {
    const startedAt = clock.refresh();
    settings.signal?.throwIfAborted();
    await this.topologyKnown(spec, settings, startedAt);
    return new Promise((resolve) => {
      const gathering = new NodeGathering(resolve);
      for (const { node, healthy } of this.membersOf(group)) {
        if (!healthy) {
          gathering.addFailed(node.label, knownToHaveFailed(node));
          continue;
        }
        const part = this.calls.newPart(spec, args, -1, settings, startedAt);
        this.fix(part, node);
        part.failsWhenLost = true;
        gathering.add(part);
      }
      gathering.finishUnsent();
      this.calls.start(gathering.parts, settings.signal);
    });
  }

  private one(
    spec: CommandSpec,
    args: readonly Argument[],
    slot: number,
    settings: CallSettings,
    startedAt: number,
    node: ClusterNode | undefined,
    failsWhenLost = false,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call = this.calls.newCall(
        spec,
        args,
        slot,
        resolve,
        reject,
        settings,
        startedAt,
      );
      // the place is the caller's choice: at a slot it is the primary
      call.reads = undefined;
      if (node !== undefined) this.fix(call, node);
      call.failsWhenLost = failsWhenLost;
      this.calls.start([call], settings.signal);
    });
  }

  /** Binds a call to a node. A replica serves the keys of its primary only to readers. */
  private fix(call: Call, node: ClusterNode): void {
    call.fixedNode = node;
    call.staysThere = true;
    call.readsReplica =
      (call.spec.flags & CommandFlag.ReadOnly) !== 0 &&
      !this.nodes.isOwner(node) &&
      keyIndexes(call.spec, call.args).length > 0;
  }

  private async topologyKnown(
    spec: CommandSpec,
    settings: CallSettings,
    startedAt: number,
  ): Promise<void> {
    if (this.nodes.primaries().length > 0) return;
    await this.calls.primariesKnown(spec, settings, startedAt);
    settings.signal?.throwIfAborted();
  }

  private membersOf(
    group: NodeGroup,
  ): { node: ClusterNode; healthy: boolean }[] {
    const primaries = this.nodes
      .primaries()
      .map(({ node }) => ({ node, healthy: true }));
    if (group === 'primaries') return primaries;
    const replicas = this.nodes.replicas();
    return group === 'replicas' ? replicas : [...primaries, ...replicas];
  }
}

/** Its keys must be where the caller wants it to run, or it would be redirected. */
function refuseOtherSlots(
  slot: number,
  spec: CommandSpec,
  args: readonly Argument[],
): void {
  const indexes = keyIndexes(spec, args);
  const slots = indexes.map((index) => keySlot(args[index]!));
  if (slots.every((other) => other === slot)) return;
  const keys = indexes.map((index) => shownKey(args[index]!));
  throw new CrossSlotError(
    `${spec.name} was called at slot ${slot}, and has keys in slot ${[...new Set(slots)].join(', ')}`,
    keys,
    slots,
    { command: spec.name },
  );
}
