import type { Key } from '../commands/command-spec.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import type { CallSettings } from '../execution/call-settings.js';
import type { Executor } from '../execution/executor.js';
import type { NodeGroup, Place } from '../execution/place.js';
import { formatAddress, parseAddress } from '../options/node-address.js';
import { keySlot } from '../routing/key-slot.js';
import { SLOT_COUNT } from '../topology/cluster-topology.js';
import { NodeCommands } from './node-commands.js';
import type { NodeGroupCommands } from './node-group-commands.js';

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
        executor.executeOnEach(target, spec, args, settings),
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
    executor.executeAt(place, spec, args, settings),
  );
}

function isGroup(target: unknown): target is NodeGroup {
  return target === 'primaries' || target === 'replicas' || target === 'nodes';
}

function placeOf(executor: Executor, target: NodeTarget): Place {
  if (typeof target === 'object' && target !== null) {
    if ('node' in target) return nodePlace(target.node);
    if ('slot' in target) return slotPlace(target.slot);
    if ('key' in target) return keyPlace(executor, target.key);
  }
  throw new ConfigurationError(
    "at: expected { key }, { slot }, { node }, 'primaries', 'replicas' or 'nodes'",
  );
}

function nodePlace(node: unknown): Place {
  const address = typeof node === 'string' ? parseAddress(node) : undefined;
  if (address === undefined || address.host === '') {
    throw new ConfigurationError(
      `at: expected a node as 'host:port', got '${String(node)}'`,
    );
  }
  return { address, label: formatAddress(address) };
}

function slotPlace(slot: unknown): Place {
  if (
    typeof slot !== 'number' ||
    !Number.isInteger(slot) ||
    slot < 0 ||
    slot >= SLOT_COUNT
  ) {
    throw new ConfigurationError(
      `at: expected a slot from 0 to ${SLOT_COUNT - 1}`,
    );
  }
  return { slot };
}

function keyPlace(executor: Executor, key: unknown): Place {
  if (
    typeof key !== 'string' &&
    !Buffer.isBuffer(key) &&
    (typeof key !== 'number' || Number.isNaN(key))
  ) {
    throw new ConfigurationError(
      'at: expected a key that is a string, a Buffer or a number',
    );
  }
  return { slot: keySlot(executor.wireKey(key)) };
}
