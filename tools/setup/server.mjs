import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { ROOT, run, SetupError, step } from './step.mjs';

/** What is fetched where the machine has no server: the oldest that is supported. */
const FETCHED = 'redis-7.0';

/**
 * Finds a Redis or Valkey server, or fetches one, and names it to this process
 * and its children in REDIS_SERVER.
 */
export async function ensureServer() {
  const found = fromEnvironment() ?? onPath() ?? cached();
  process.env.REDIS_SERVER = found ?? (await fetched());
}

function fromEnvironment() {
  for (const name of ['REDIS_SERVER', 'VALKEY_SERVER']) {
    const path = process.env[name];
    if (!path) continue;
    if (runnable(path)) return path;
    throw new SetupError(
      `${name}=${path} is not an executable file.`,
      `Point ${name} at a redis-server or valkey-server binary, or unset it.`,
    );
  }
  return undefined;
}

function onPath() {
  for (const name of ['redis-server', 'valkey-server', 'redis-check-rdb']) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      if (folder === '' || !runnable(path)) continue;
      return name === 'redis-check-rdb' ? linkTo(path) : path;
    }
  }
  return undefined;
}

/**
 * redis-check-rdb is the server itself, which looks at the name it is called
 * by; Debian's redis-tools brings it without a redis-server.
 */
function linkTo(checker) {
  const folder = join(cacheFolder(), 'redis-tools');
  const link = join(folder, 'server');
  const target = realpathSync(checker);
  if (!existsSync(link) || realpathSync(link) !== target) {
    mkdirSync(folder, { recursive: true });
    rmSync(link, { force: true });
    symlinkSync(target, link);
  }
  return link;
}

function cached() {
  const folder = cacheFolder();
  const names = existsSync(folder) ? readdirSync(folder).sort() : [];
  return [FETCHED, ...names]
    .map((name) => join(folder, name, 'server'))
    .find(runnable);
}

async function fetched() {
  const folder = cacheFolder();
  return step(
    `Fetching a server (${FETCHED}, unpacked into ${folder}, not installed)`,
    async () => {
      try {
        mkdirSync(folder, { recursive: true });
        await run('bash', [
          join(ROOT, 'lib/testing/fetch-server.sh'),
          '-d',
          folder,
          FETCHED,
        ]);
      } catch (error) {
        throw new SetupError(
          `No Redis or Valkey server was found, and none could be fetched.\n${error.message}`,
          [
            'Fetching needs apt, dpkg-deb and a Debian mirror (no root). Without them provide a server (7.0 or newer):',
            '  Debian, Ubuntu: apt install redis-server     Fedora: dnf install valkey     macOS: brew install redis',
            '  or name a binary: REDIS_SERVER=/path/to/redis-server',
          ].join('\n'),
        );
      }
      const server = join(folder, FETCHED, 'server');
      if (runnable(server)) return server;
      throw new SetupError(`Fetching did not leave ${server}.`, '');
    },
  );
}

function cacheFolder() {
  return join(
    process.env.XDG_CACHE_HOME || join(homedir(), '.cache'),
    'nest-redis-cluster/servers',
  );
}

function runnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
