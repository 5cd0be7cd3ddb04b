import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { VALUE } from './keys.mjs';
import { addressOf } from './raw-node.mjs';

const run = promisify(execFile);

const CONNECTIONS = 50;

/**
 * The servers' own load generator: what they give to a program in C with a
 * connection for each caller, and a write for each command.
 *
 * @returns a row a command; undefined where there is no redis-benchmark
 */
export async function runRedisBenchmark(node, commands) {
  const { host, port } = addressOf(node);
  const args = ['--cluster', '-h', host, '-p', port, '-t', 'get,set'];
  const load = ['-n', commands, '-c', CONNECTIONS, '-d', VALUE.length];
  let output;
  try {
    ({ stdout: output } = await run(
      'redis-benchmark',
      [...args, ...load, '-r', 100_000, '--csv'].map(String),
    ));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
  return output
    .split('\n')
    .filter((line) => /^"(GET|SET)"/.test(line))
    .map((line) => line.split(',').map((field) => field.replaceAll('"', '')))
    .map(([command, perSecond, , , p50, , p99]) => ({
      command,
      connections: CONNECTIONS,
      perSecond: Number(perSecond),
      p50: Number(p50),
      p99: Number(p99),
    }));
}
