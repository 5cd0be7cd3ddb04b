import { readFile, writeFile } from 'node:fs/promises';
import { ROOT } from '../../tools/setup/step.mjs';
import { micros, millis, rate, times } from '../figures.mjs';
import { ratio, spread } from '../summary.mjs';

const PATTERNS = ['ioredis', 'node-redis'];

const NAMES = {
  plain: 'plain SET',
  scope: '**SET in a scope**',
  ioredis: 'ioredis: `pipeline().set().wait()`',
  'node-redis': 'node-redis: SET and WAIT at the node',
  floor: 'floor: raw sockets, SETs and WAIT',
};

/** From so many callers on, groups are large enough for the throughput targets. */
const GROUPED_FROM = 64;

/** What issue and docs promise, and what this run found. */
export function judge({ throughput, isolation, fiveShards }) {
  const targets = [];
  for (const { replicas, cells } of throughput) {
    for (const { callers, windows } of cells) {
      const at = `${callers} callers, ${replicas} of replicas`;
      if (callers === 1) {
        for (const name of PATTERNS) {
          const found = ratio(windows.scope, windows[name], 'perSecond');
          targets.push({
            target: `${at}: no slower than ${name}`,
            met: found.median >= 1,
            found: times(found),
          });
        }
      }
      if (callers < GROUPED_FROM) continue;
      const ofPlain = ratio(windows.scope, windows.plain, 'perSecond');
      targets.push({
        target: `${at}: half of plain SET`,
        met: ofPlain.median >= 0.5,
        found: times(ofPlain),
      });
      const ofBest = overBest(windows);
      targets.push({
        target: `${at}: 4 times the best pattern`,
        met: ofBest.median >= 4,
        found: times(ofBest),
      });
    }
  }
  const { easy, plain } = isolation;
  const kept = ratio(plain.beside, plain.alone, 'perSecond');
  const slowed = ratio(plain.beside, plain.alone, 'p99');
  return [
    ...targets,
    {
      target: 'one of two replicas frozen: scopes that require one under 20 ms',
      met: easy.p50 < 20 && easy.rejected === 64,
      found: `${millis(easy.p50)} ms`,
    },
    {
      target: 'plain SET beside 256 waiting scopes: 90 % of its throughput',
      met: kept.median >= 0.9,
      found: times(kept),
    },
    {
      target: 'plain SET beside 256 waiting scopes: p99 within 1.5 times',
      met: slowed.median <= 1.5,
      found: times(slowed),
    },
    {
      target: 'five shards: one barrier',
      met: fiveShards['one scope'].waitsPerHandler <= 5.5,
      found: `${fiveShards['one scope'].waitsPerHandler.toFixed(1)} WAITs a handler, one for each shard`,
    },
  ];
}

/** The run as Markdown. */
export function scopesReport(result) {
  const { date, node, machine, server, versions } = result;
  return [
    `Written by \`node bench/scopes/run.mjs --write-docs\`: ${date.slice(0, 10)}, ${server}, Node ${node}, ioredis ${versions.ioredis}, node-redis ${versions['node-redis']}, ${machine}; clients and servers share the cores.`,
    'Medians of interleaved rounds; ratios are taken within a round, with the extremes in brackets.',
    'The floor moves the bytes of SETs and of one WAIT behind each group, and verifies nothing: no client can be faster.',
    '',
    ...result.throughput.flatMap(throughputTable),
    ...isolationTable(result.isolation),
    ...fiveShardsTable(result.fiveShards),
    '| target | found | |',
    '| --- | --- | --- |',
    ...judge(result).map(
      ({ target, found, met }) =>
        `| ${target} | ${found} | ${met ? 'met' : 'missed'} |`,
    ),
  ].join('\n');
}

function throughputTable({ replicas, cells }) {
  return [
    `**${replicas === 1 ? 'One replica' : 'Two replicas'} per shard, all required**`,
    '',
    '| callers | | handlers/s | p50 ms | p99 ms | CPU µs | of plain SET | times the best pattern |',
    '| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...cells.flatMap(({ callers, windows }) =>
      Object.keys(NAMES).map((name) => {
        const rounds = windows[name];
        const median = (figure) =>
          spread(rounds.map((one) => one[figure])).median;
        const cells = [
          callers,
          NAMES[name],
          rate(median('perSecond')),
          millis(median('p50')),
          millis(median('p99')),
          micros(median('cpuMicros')),
          name === 'scope' || name === 'floor'
            ? times(ratio(windows[name], windows.plain, 'perSecond'))
            : '',
          name === 'scope' ? times(overBest(windows)) : '',
        ];
        return `| ${cells.join(' | ')} |`;
      }),
    ),
    '',
  ];
}

function isolationTable({ easy, plain }) {
  const of = (rounds, figure) =>
    spread(rounds.map((one) => one[figure])).median;
  return [
    '**One of two replicas frozen**',
    '',
    '| | per second | p50 ms | p99 ms |',
    '| --- | ---: | ---: | ---: |',
    `| scopes that require one replica, ${easy.callers} callers, while 64 scopes require two | ${rate(easy.perSecond)} | ${millis(easy.p50)} | ${millis(easy.p99)} |`,
    `| plain SET on the same shard, ${plain.callers} callers | ${rate(of(plain.alone, 'perSecond'))} | ${millis(of(plain.alone, 'p50'))} | ${millis(of(plain.alone, 'p99'))} |`,
    `| the same while 256 scopes require two | ${rate(of(plain.beside, 'perSecond'))} | ${millis(of(plain.beside, 'p50'))} | ${millis(of(plain.beside, 'p99'))} |`,
    '',
  ];
}

function fiveShardsTable(ways) {
  const NAMED = {
    'one write': 'one SET in a scope',
    'one scope': 'five SETs to five shards in a scope',
    awaited: 'the same, one awaited after the other',
    'five scopes': 'five scopes with a SET each, one after the other',
  };
  return [
    '**Five shards, one caller**',
    '',
    '| handler | p50 ms | p99 ms | WAITs |',
    '| --- | ---: | ---: | ---: |',
    ...Object.entries(ways).map(
      ([way, { p50, p99, waitsPerHandler }]) =>
        `| ${NAMED[way]} | ${millis(p50)} | ${millis(p99)} | ${waitsPerHandler.toFixed(1)} |`,
    ),
    '',
  ];
}

/** Within each round, the faster of the patterns. */
function overBest(windows) {
  return spread(
    windows.scope.map(
      ({ perSecond }, at) =>
        perSecond /
        Math.max(...PATTERNS.map((name) => windows[name][at].perSecond)),
    ),
  );
}

/** Puts it between its marks in docs/guarantees.md. */
export async function writeScopesDoc(text) {
  const { format } = await import('prettier');
  const file = `${ROOT}docs/guarantees.md`;
  const before = await readFile(file, 'utf8');
  const [start, end] = ['<!-- scopes -->', '<!-- /scopes -->'];
  const [head, rest] = before.split(start);
  const [, tail] = rest.split(end);
  const whole = `${head}${start}\n\n${text}\n\n${end}${tail}`;
  await writeFile(file, await format(whole, { parser: 'markdown' }));
}
