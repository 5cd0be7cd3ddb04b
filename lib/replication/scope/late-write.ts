const warned = new Set<string>();

/**
 * Warns, once per label, of a write that began after its scope had closed:
 * work that was not awaited has no guarantee.
 *
 * @internal
 */
export function warnOfLateWrite(label = 'ensureReplication'): void {
  if (warned.has(label)) return;
  warned.add(label);
  process.emitWarning(
    `A write began after the replication scope of ${label} had closed, so it has no guarantee. ` +
      'Await everything that writes before the method returns.',
    { type: 'ReplicationScopeWarning', code: 'NEST_REDIS_CLUSTER_LATE_WRITE' },
  );
}
