// What importing the package adds to the start of a Nest application, on the
// built package:
//   npm run build && node bench/micro/import-time.mjs
// Each round is a process of its own that has imported Nest and rxjs when the
// clock starts. Fails above 40 ms at the median.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROUNDS = 11;
const LIMIT_MS = 40;

const NEST = [
  'reflect-metadata',
  '@nestjs/common',
  '@nestjs/core',
  'rxjs',
  '@nestjs/platform-express',
];
const PACKAGE = new URL('../../dist/index.js', import.meta.url).href;

/** Milliseconds in a new process; `before` is imported when the clock starts. */
function importTime(before, timed) {
  const program = `
    const load = async (names) => { for (const name of names) await import(name); };
    await load(${JSON.stringify(before)});
    const started = performance.now();
    await load(${JSON.stringify(timed)});
    console.log(performance.now() - started);`;
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], {
      cwd: fileURLToPath(new URL('../../', import.meta.url)),
      encoding: 'utf8',
    }),
  );
}

const times = Array.from({ length: ROUNDS }, () => importTime(NEST, [PACKAGE]));
const sorted = times.sort((a, b) => a - b);
const median = sorted[Math.floor(ROUNDS / 2)];
console.log(
  `importing the package: ${median.toFixed(1)} ms beyond Nest's own (${sorted[0].toFixed(1)} to ${sorted.at(-1).toFixed(1)}, ${ROUNDS} processes, Node ${process.versions.node})`,
);
if (median > LIMIT_MS) {
  console.error(`more than ${LIMIT_MS} ms`);
  process.exitCode = 1;
}
