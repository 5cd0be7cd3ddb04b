import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ensureLibraryBuilt, ensureSampleBuilt } from './build.mjs';
import { ensureDependencies } from './dependencies.mjs';
import { ensureServer } from './server.mjs';
import { forwardSignals } from './signals.mjs';
import { ROOT, SetupError, step } from './step.mjs';

/**
 * Prepares everything, runs the sample application until it ends, and takes
 * down what was started for it.
 *
 * @returns the application's exit code; 0 where it ended as it was asked to
 */
export async function startSample() {
  const signals = forwardSignals();
  await ensureDependencies();
  await ensureLibraryBuilt();
  await ensureSampleBuilt();
  if (!process.env.REDIS_CLUSTER_NODES) await ensureServer();
  const cluster = process.env.REDIS_CLUSTER_NODES
    ? undefined
    : await startCluster();
  try {
    if (signals.received) return 0;
    return await runApp(signals, {
      ...process.env,
      PORT: String(await freePort(Number(process.env.PORT || 3000))),
      REDIS_CLUSTER_NODES:
        process.env.REDIS_CLUSTER_NODES ?? cluster.seeds.join(','),
    });
  } finally {
    // after the application: its last commands need the servers
    await cluster?.stop();
  }
}

async function startCluster() {
  const { LocalRedisCluster } = await import('../../dist/testing/index.js');
  return step('Starting a cluster: 3 primaries, 3 replicas', () =>
    LocalRedisCluster.start({ primaries: 3, replicas: 1 }),
  );
}

function runApp(signals, env) {
  return new Promise((resolve, reject) => {
    const app = fork(join(ROOT, 'sample-app/dist/main.js'), {
      cwd: ROOT,
      env,
      execArgv: [
        '--enable-source-maps',
        '--import',
        new URL('./end-with-parent.mjs', import.meta.url).href,
      ],
      // a process group of its own: the terminal's Ctrl-C reaches this process
      // only, which passes it on once
      detached: true,
    });
    signals.passTo(app);
    app.once('error', (error) =>
      reject(
        new SetupError(`The application cannot start: ${error.message}`, ''),
      ),
    );
    app.once('exit', (code, signal) => {
      if (code !== null) return resolve(code);
      resolve(signals.received ? 0 : signals.exitCodeOf(signal));
    });
  });
}

/** The port that was asked for, or the next one that nobody listens on. */
async function freePort(wanted) {
  for (let port = wanted; port < wanted + 100 && port < 65_536; port++) {
    if (await isFree(port)) {
      if (port !== wanted) {
        console.log(`Port ${wanted} is taken, using ${port}.`);
      }
      return port;
    }
  }
  throw new SetupError(
    `No free port from ${wanted} on.`,
    'Name another one: PORT=8080 npm start',
  );
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
