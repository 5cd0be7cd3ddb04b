import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * The files that take longest, longest first: where one of them came last, a
 * lane would stand idle for as long. What it says of the rest, the sequencer of
 * Vitest does by size. The closing block of a run names the slowest.
 */
const LONG_FILES: readonly string[] = [];

/** Starts the longest files of all projects first, so that the lanes end together. */
export class LongFilesFirst extends BaseSequencer {
  override async sort(
    files: TestSpecification[],
  ): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ moduleId }: TestSpecification): number {
  const rank = LONG_FILES.indexOf(
    basename(moduleId).replace(/\.(e2e-)?spec\.ts$/, ''),
  );
  return rank === -1 ? LONG_FILES.length : rank;
}
