import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './step.mjs';

/** Beside the server that is found first (Redis 7.0 in CI): the newest of both kinds. */
const OTHER_SERVERS = ['redis-8.6', 'valkey-9'];

/**
 * The servers on which the tests of policies, reply types and replication run too, and those
 * that could not be had here. None where the caller chose a server or a project.
 *
 * @returns variables for vitest.config.ts and the closing line
 */
export async function otherServers(args) {
  const { env } = process;
  const chosen = env.REDIS_SERVER || env.VALKEY_SERVER;
  if (chosen || args.some((argument) => argument.startsWith('--project'))) {
    return {};
  }
  const paths = [];
  const missing = [];
  for (const name of OTHER_SERVERS) {
    try {
      const script = join(ROOT, 'lib/testing/fetch-server.sh');
      const { stdout } = await promisify(execFile)('/bin/sh', [script, name]);
      paths.push(`${name}=${stdout.trim()}`);
    } catch (error) {
      const said = String(error.stderr ?? error.message).trim();
      console.log(`Not tested on ${name}: ${said.split('\n').at(-1)}`);
      missing.push(name);
    }
  }
  return {
    TEST_OTHER_SERVERS: paths.join(','),
    TEST_MISSING_SERVERS: missing.join(','),
  };
}
