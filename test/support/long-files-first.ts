import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The end-to-end files that take longest, longest first, as a run names them at
 * its end. Vitest puts the rest in order by what it remembers of earlier runs,
 * or by size, which says little: most of the time is waiting.
 */
export const LONG_FILES: readonly string[] = [
  'scan',
  'replication-barrier',
  'npm-start',
  'local-redis-cluster',
  'replication-truth/scopes',
  'replication-truth/links',
  'replica-reads',
  'everything-in-trouble',
  'torture',
  'acknowledged-writes',
  'failover',
  'replication-truth/takeover',
  'blocking',
  'fan-out',
  'half-open',
  'reply-types',
  'batches-in-trouble',
  'nest-persistence',
  'sample-app',
];

/**
 * Starts the longest files of all projects first: one that came last would keep
 * a lane busy long after the others have ended.
 */
export class LongFilesFirst extends BaseSequencer {
  override async sort(
    files: TestSpecification[],
  ): Promise<TestSpecification[]> {
    return longestFirst(await super.sort(files));
  }
}

/** Of files that take equally long, or a short time, the order stays. */
export function longestFirst<File extends Pick<TestSpecification, 'moduleId'>>(
  files: readonly File[],
): File[] {
  return files.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function rankOf({ moduleId }: Pick<TestSpecification, 'moduleId'>): number {
  const rank = LONG_FILES.findIndex((name) =>
    moduleId.endsWith(`/test/e2e/${name}.e2e-spec.ts`),
  );
  return rank === -1 ? LONG_FILES.length : rank;
}
