import { TUNED as IOREDIS } from './clients/ioredis.js';
import { TUNED as NODE_REDIS } from './clients/node-redis.js';
import type { Outcome } from './ordeal.js';
import { CONTESTANTS, type Scorecard, type ScorecardRow } from './scorecard.js';
import { longest, sum, sumOfErrors } from './verdict.js';

/** A stream without a success for this long, up to the end, has not recovered. */
const DEAD_MS = 3_000;

/** What a reader sees at a glance, and the errors by class below it. */
export function scorecardDocument(card: Scorecard): string {
  const { server } = card;
  return [
    '# Scorecard',
    '',
    '<!-- written by `npm run scorecard -- --write-docs`; do not edit -->',
    '',
    `Measured on ${card.date} with ${server.kind} ${server.version}, Node ${card.node}: ${[...new Set(card.versions)].join(', ')}. \`npm run scorecard\` repeats it.`,
    '',
    'Every row is one cluster of three primaries with a replica each (node timeout 2 s, full coverage off unless the row says otherwise) to which one thing happens once. All clients are connected to it at that moment, each in a process of its own and with keys of its own, under the same load: on each shard two callers with GET, two with INCR and one with MGET of two keys in one slot, each after a pause of 20 ms. So all meet the same fault at the same time, and what the cluster itself needs is in every figure.',
    '',
    '- **errors**: calls that rejected. **unknown**: those of them, counted apart, whose error says that nobody knows whether the write was executed; only one client has such an error.',
    '- **s**: the longest time that the callers of some shard and command had no success, from the fault to 4 s after it was healed, or 16 s after a primary was lost, which stays away.',
    '- **twice**: effects on the server beyond the calls that were acknowledged or failed: an INCR that was executed twice with one answer.',
    '- **dead**: some caller had no success up to the end. **hang**: calls that had not settled 2 s behind the end.',
    '',
    `| | ${CONTESTANTS.map(({ title }) => title).join(' | ')} |`,
    `| --- | ${CONTESTANTS.map(() => '---').join(' | ')} |`,
    ...card.rows.map(
      ({ title, outcomes }) =>
        `| ${title} | ${outcomes.map(summary).join(' | ')} |`,
    ),
    '',
    '## Settings',
    '',
    'Without a word: default options. Every client has an `error` listener. Where all addresses change the nodes announce those of proxies; where connections are left half-open each client has its own kind of address map.',
    '',
    '`ioredis, tuned`, and blocking commands on a `duplicate()`, as its documentation advises:',
    '',
    ...code(IOREDIS),
    '',
    '`node-redis, tuned`, and blocking commands on a `duplicate()`:',
    '',
    ...code(NODE_REDIS),
    '',
    '## Errors by class',
    '',
    ...card.rows.flatMap(errorsOf),
  ].join('\n');
}

function summary(outcome: Outcome): string {
  if (outcome.connectError !== undefined) return '**does not connect**';
  const { streams, during } = outcome;
  const errors = Object.values(sumOfErrors(streams)).reduce((a, b) => a + b, 0);
  const unknown = sum(streams, (stream) => stream.unknown);
  const duplicates = sum(streams, (stream) => stream.duplicates);
  const pending = sum(streams, (stream) => stream.pending);
  // what waits for a queue to be filled has no success by right
  const busy = streams.filter(({ workload }) => workload !== 'idle pop');
  const gap = Math.max(0, ...busy.map(({ gaps }) => longest(gaps)));
  const dead = busy.some(({ gaps }) =>
    gaps.some(([from, to]) => to >= during[1] && to - from >= DEAD_MS),
  );
  return [
    `${errors - unknown} errors`,
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
    `${(gap / 1_000).toFixed(1)} s`,
    ...(duplicates > 0 ? [`**${duplicates} twice**`] : []),
    ...(dead ? ['**dead**'] : []),
    ...(pending > 0 ? [`**${pending} hang**`] : []),
    ...(outcome.uncaught.length > 0
      ? [`**${outcome.uncaught.length} uncaught**`]
      : []),
  ].join(', ');
}

function errorsOf({ title, outcomes }: ScorecardRow): string[] {
  const lines = outcomes.flatMap((outcome, at) => {
    const who = CONTESTANTS[at]!.title;
    if (outcome.connectError !== undefined) {
      return [`- ${who}: ${plain(outcome.connectError)}`];
    }
    const classes = Object.entries(sumOfErrors(outcome.streams));
    if (classes.length === 0) return [];
    const counts = classes.map(([label, count]) => `${count} \`${label}\``);
    const sample = outcome.streams.flatMap(({ samples }) => samples)[0] ?? '';
    return [`- ${who}: ${counts.join(', ')}; such as: ${plain(sample)}`];
  });
  return lines.length === 0 ? [] : [`**${title}**`, '', ...lines, ''];
}

/** Text from elsewhere, so that it is no markup. */
function plain(text: string): string {
  return `\`${text.replaceAll('`', "'").replaceAll('|', '/').slice(0, 160)}\``;
}

function code(options: object): string[] {
  const text = JSON.stringify(
    options,
    (_, value: unknown) =>
      typeof value === 'function' ? String(value) : value,
    2,
  );
  return ['```text', text, '```'];
}
