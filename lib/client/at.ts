import type { Key } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
import type { Executor } from '../execution/executor.js';
import type { NodeGroup, Place } from '../execution/fan-outs/place.js';
import { formatAddress, parseAddress } from '../options/node-address.js';
import { keySlot } from '../routing/key-slot.js';
import { SLOT_COUNT } from '../topology/cluster-topology.js';
import { NodeCommands } from './node-commands.js';
import type { NodeGroupCommands } from './node-group-commands.js';
import { traced } from '../execution/tracing/command-trace.js';

/** One place in the cluster: the owner of a key or of a slot, or one node. @publicApi */
export type NodeTarget =
  | {
      /** The primary that serves this key, now and after redirects and failovers. */
      readonly key: Key;
    }
  | {
      /** The primary that serves this slot, now and after redirects and failovers. */
      readonly slot: number;
    }
  | {
      /** The node at this `host:port`, and no other. */
      readonly node: string;
    };

/** What `at` gives: typed by its overloads. */
export function commandsAt(
  executor: Executor,
  settings: CallSettings,
  target: NodeTarget | NodeGroup,
): NodeCommands<any> & NodeGroupCommands<any> {
  const commands = isGroup(target)
    ? new NodeCommands((spec, args) =>
        traced(spec.name, () =>
          executor.executeOnEach(target, spec, args, settings),
        ),
      )
    : commandsAtPlace(executor, settings, placeOf(executor, target));
  return commands as NodeCommands<any> & NodeGroupCommands<any>;
}

function commandsAtPlace(
  executor: Executor,
  settings: CallSettings,
  place: Place,
): NodeCommands {
  return new NodeCommands((spec, args) =>
    traced(spec.name, () => executor.executeAt(place, spec, args, settings)),
  );
}

function isGroup(target: unknown): target is NodeGroup {
  return target === 'primaries' || target === 'replicas' || target === 'nodes';
}

/** The place that a target of `method` stands for. */
export function placeOf(
  executor: Executor,
  target: NodeTarget,
  method = 'at',
): Place {
  if (typeof target === 'object' && target !== null) {
    if ('node' in target) return nodePlace(target.node, method);
    if ('slot' in target)
      return { slot: slotOfTarget(executor, target, method) };
    if ('key' in target)
      return { slot: slotOfTarget(executor, target, method) };
  }
  const groups = method === 'at' ? ", 'primaries', 'replicas' or 'nodes'" : '';
  throw new ConfigurationError(
    `${method}: expected { key }, { slot }, { node }${groups}`,
  );
}

/** The slot that a target of `method` stands for. */
export function slotOfTarget(
  executor: Executor,
  target: { readonly key: Key } | { readonly slot: number },
  method: string,
): number {
  return 'key' in target
    ? slotOfKey(executor, target.key, method)
    : checkedSlot(target.slot, method);
}

function nodePlace(node: unknown, method: string): Place {
  const address = typeof node === 'string' ? parseAddress(node) : undefined;
  if (address === undefined || address.host === '') {
    throw new ConfigurationError(
      `${method}: expected a node as 'host:port', got '${String(node)}'`,
    );
  }
  return { address, label: formatAddress(address) };
}

function checkedSlot(slot: unknown, method: string): number {
  if (
    typeof slot !== 'number' ||
    !Number.isInteger(slot) ||
    slot < 0 ||
    slot >= SLOT_COUNT
  ) {
    throw new ConfigurationError(
      `${method}: expected a slot from 0 to ${SLOT_COUNT - 1}`,
    );
  }
  return slot;
}

function slotOfKey(executor: Executor, key: unknown, method: string): number {
  if (
    typeof key !== 'string' &&
    !Buffer.isBuffer(key) &&
    (typeof key !== 'number' || Number.isNaN(key))
  ) {
    throw new ConfigurationError(
      `${method}: expected a key that is a string, a Buffer or a number`,
    );
  }
  return keySlot(executor.wireKey(key));
}
