import type { Argument, CommandSpec } from '../commands/command-spec.js';
import { keySlot } from '../routing/key-slot.js';
import { findCommand } from '../commands/command-table.js';
import type { CallFactory } from './calls/call-factory.js';
import type { CallSettings } from './calls/call-settings.js';
import type { ClusterNode } from './cluster-node.js';

/** A reply, and the node that gave it. */
export interface Answer {
  readonly reply: unknown;
  readonly node: ClusterNode;
}

/** Asks some primary about commands, with the patience of an ordinary call. */
export function askAny(
  calls: CallFactory,
  words: readonly Argument[],
  settings: CallSettings,
): Promise<Answer> {
  const { spec, args } = findCommand(words)!;
  return new Promise((resolve, reject) => {
    const call = calls.newCall(
      { ...spec, reply: undefined },
      args,
      -1,
      function (reply) {
        resolve({ reply, node: this.node! });
      },
      reject,
      settings,
    );
    calls.start([call], settings.signal);
  });
}

/** Runs a command of one key as ever, and tells which node answered. */
export function askOwner(
  calls: CallFactory,
  spec: CommandSpec,
  args: readonly Argument[],
  settings: CallSettings,
): Promise<Answer> {
  const slot = keySlot(args[spec.firstKey] as string);
  return new Promise((resolve, reject) => {
    const call = calls.newCall(
      spec,
      args,
      slot,
      function (reply) {
        resolve({ reply, node: this.node! });
      },
      reject,
      settings,
    );
    calls.start([call], settings.signal);
  });
}
