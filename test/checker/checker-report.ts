import type { CheckerResult, GuardResult } from './checker.js';
import { violationsOf } from './checker.js';
import type { Told } from './token-book.js';

/** The runs as tables: what the callers were told, and what was true. */
export function checkerReport(results: readonly CheckerResult[]): string {
  return [
    '# No acknowledged write lost',
    '',
    'Writers append unique tokens to lists, hashes and counters of three shards, and across them, while primaries are',
    'killed, frozen, cut off from their replicas and taken over from. Half of them write in scopes that require all',
    'replicas, half without a scope: on the same cluster, at the same time.',
    '',
    ...results.flatMap(section),
  ].join('\n');
}

function section(result: CheckerResult): string[] {
  const { server, replicas, seed, seconds, calamities, guards } = result;
  const violations = violationsOf(result);
  return [
    `## ${replicas} ${replicas === 1 ? 'replica' : 'replicas'} per shard`,
    '',
    `${server}, seed ${seed}, ${seconds} s, ${calamities.length} calamities.`,
    '',
    '| | acknowledged | of these lost | applied twice | refused | of these applied | unproven | of these kept | unknown | of these applied |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...guards.map(row),
    '',
    'Counters tell only how many of their tokens are lost at least, and nothing about the unproven and unknown ones, which "kept" and "applied" leave out.',
    '',
    violations.length === 0
      ? 'Nothing is against the rules.'
      : 'Against the rules:',
    '',
    ...violations.map((violation) => `- ${violation}`),
    ...(violations.length === 0 ? [] : ['']),
    ...guards.flatMap(({ guard, tally }) => [
      `### What callers were told: ${guard}`,
      '',
      '| told | times |',
      '| --- | --- |',
      ...Object.entries(tally).map(
        ([words, times]) => `| ${words} | ${times} |`,
      ),
      '',
    ]),
    '### What happened',
    '',
    ...calamities.map((line) => `- ${line}`),
    '',
  ];
}

function row({ guard, findings }: GuardResult): string {
  const told = (what: Told): number =>
    findings.reduce((sum, finding) => sum + finding.told[what], 0);
  const sum = (of: (finding: GuardResult['findings'][number]) => number) =>
    findings.reduce((all, finding) => all + of(finding), 0);
  const cells = [
    guard,
    told('acknowledged'),
    sum(({ lostCount }) => lostCount),
    sum(({ duplicates }) => duplicates),
    told('refused'),
    sum(({ falselyRefused }) => falselyRefused.length),
    told('unproven'),
    sum(({ kept }) => kept.unproven),
    told('unknown'),
    sum(({ kept }) => kept.unknown),
  ];
  return `| ${cells.join(' | ')} |`;
}
