import type { Argument } from '../commands/command-spec.js';
import { findCommand } from '../commands/command-table.js';
import type { CallFactory } from './call-factory.js';
import type { CallSettings } from './call-settings.js';
import type { ClusterNode } from './cluster-node.js';

/** A node's reply to a question of the client's own, as it was sent. */
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
