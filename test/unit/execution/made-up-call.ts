import type { Argument } from '../../../lib/commands/command-spec.js';
import { findCommand } from '../../../lib/commands/command-table.js';
import type { RequestSink } from '../../../lib/connection/request.js';
import {
  Call,
  type CallReject,
  type CallResolve,
} from '../../../lib/execution/calls/call.js';
import type { ClusterNode } from '../../../lib/execution/cluster-node.js';

const nobody: RequestSink = { replied() {}, lost() {}, expired() {} };

interface Facts {
  readonly slot?: number;
  readonly deadline?: number;
  readonly node?: string;
  readonly resolve?: CallResolve;
  readonly reject?: CallReject;
}

/** A call that was made now and went nowhere yet. */
export function madeUpCall(words: Argument[], facts: Facts = {}): Call {
  const { spec, args } = findCommand(words)!;
  const call = new Call(
    nobody,
    spec,
    args,
    facts.slot ?? -1,
    facts.resolve ?? (() => {}),
    facts.reject ?? (() => {}),
    0,
    performance.now(),
    facts.deadline ?? Infinity,
  );
  if (facts.node !== undefined) {
    // only its label is looked at
    call.node = { label: facts.node } as ClusterNode;
  }
  return call;
}
