import { keyIndexes } from '../../routing/command-keys.js';
import type { Call } from '../calls/call.js';
import type { CallFactory } from '../calls/call-factory.js';
import type { ReadPolicy } from '../reads/read-policy.js';

/**
 * Lets a policy choose where the reads of a pipeline go, but for those of a
 * slot that the pipeline writes as well: a replica may not have a write that
 * stands before the read, and may have one that stands behind it. The
 * connection to the primary keeps their order.
 *
 * @param writesEverywhere whether it has a write that goes to all slots
 */
export function routePipelineReads(
  pipelined: readonly Call[],
  policy: ReadPolicy,
  calls: CallFactory,
  writesEverywhere: boolean,
): void {
  if (writesEverywhere) return;
  const written = new Set<number>();
  for (const call of pipelined) {
    if (!call.readOnly || call.mayWrite) written.add(call.slot);
  }
  for (const call of pipelined) {
    if (written.has(call.slot) || !hasKeys(call)) continue;
    calls.routeRead(call, policy);
  }
}

/** What has none goes to a primary, as it does outside of pipelines. */
function hasKeys({ spec, args }: Call): boolean {
  return spec.plain || keyIndexes(spec, args).length > 0;
}
