import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = 25;

/**
 * Measures cells in a process for this build, and one for another, in turns.
 *
 * @param program what the processes run, with the build's folder and a node's
 *   URL: it says when it is ready, and answers each cell with a figure
 * @param other the folder of the other build; undefined: this one alone
 */
export async function compareBuilds(program, cells, other) {
  const own = fileURLToPath(new URL('../../dist', import.meta.url));
  const { LocalRedisCluster } = await import('../../dist/testing/index.js');
  const cluster = await LocalRedisCluster.start({ primaries: 3, replicas: 1 });
  const builds = [own, ...(other === undefined ? [] : [resolve(other)])];
  const children = builds.map((build) =>
    fork(program, [build, cluster.seeds[0]]),
  );
  // the wait for its figure would be without end
  for (const child of children) {
    child.once('exit', (code) => code > 0 && process.exit(code));
  }
  try {
    await Promise.all(children.map(answer));
    for (const cell of cells) {
      const rounds = await measure(children, cell);
      const medians = builds.map((_, place) =>
        median(rounds.map((figures) => figures[place])).toFixed(2),
      );
      const ratio = median(rounds.map(([mine, others]) => mine / others));
      console.log(
        `${cell.name}, ${cell.callers} callers: ${medians.join(' and ')} µs of CPU per command${
          other === undefined ? '' : `, ratio ${ratio.toFixed(3)}`
        }`,
      );
    }
  } finally {
    children.forEach((child) => child.kill());
    await cluster.stop();
  }
}

/** Answers cells with the CPU per command that they take, in µs. */
export function serveCells(commands, begin) {
  process.on('message', async (cell) => {
    const { callers } = cell;
    const { call, end } = begin(cell);
    let left = commands;
    const before = process.cpuUsage();
    await Promise.all(
      Array.from({ length: callers }, async () => {
        while (left-- > 0) await call();
      }),
    );
    const { user, system } = process.cpuUsage(before);
    end();
    process.send((user + system) / commands);
  });
  process.on('disconnect', () => process.exit());
  process.send('ready');
}

async function measure(children, cell) {
  const rounds = [];
  for (let round = -2; round < ROUNDS; round++) {
    const figures = [];
    const places = [...children.keys()];
    for (const place of round % 2 === 0 ? places : places.reverse()) {
      const child = children[place];
      child.send(cell);
      figures[place] = await answer(child);
    }
    // the first ones warm it up
    if (round >= 0) rounds.push(figures);
  }
  return rounds;
}

async function answer(child) {
  const [figure] = await once(child, 'message');
  return figure;
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
