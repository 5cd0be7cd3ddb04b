import { execFile, spawn } from 'node:child_process';
import {
  accessSync,
  constants,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConfigurationError } from '../errors/configuration-error.js';

/** Servers that can be fetched. @publicApi */
export const SERVER_NAMES = [
  'redis-7.0',
  'valkey-8.1',
  'redis-8.0',
  'valkey-9',
  'redis-8.6',
] as const;

/** The name of a server that can be fetched. @publicApi */
export type ServerName = (typeof SERVER_NAMES)[number];

/** A server program. @publicApi */
export interface ServerBinary {
  /** The program. */
  readonly path: string;
  /**
   * The name it must be started under, where that is not its own:
   * `redis-check-rdb` is the server program and looks at its `argv[0]`.
   */
  readonly argv0?: string;
}

/** What a server program says about itself. @publicApi */
export interface ServerVersion {
  /** Which server it is. Valkey's INFO says `redis_version:7.2.4` in every version. */
  readonly kind: 'redis' | 'valkey';
  /** Such as `7.0.15`. */
  readonly version: string;
  /** The first number of the version. */
  readonly major: number;
  /** The second number of the version. */
  readonly minor: number;
}

/** Options of {@link findServerBinary}. @publicApi */
export interface FindServerOptions {
  /**
   * A path (with a slash), a name that can be fetched, or a program on the
   * PATH.
   *
   * @default the search that {@link findServerBinary} describes
   */
  readonly binary?: string | undefined;
  /** Whether a server may be fetched where none is found. @default true */
  readonly fetch?: boolean;
  /** The environment to look at. @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Is told the progress of a fetch, a line at a time. */
  readonly log?: (line: string) => void;
}

/** What is fetched where no server is found: the oldest that the library supports. */
const DEFAULT_SERVER: ServerName = 'redis-7.0';

const FETCH_SCRIPT = fileURLToPath(new URL('fetch-server.sh', import.meta.url));

/**
 * Finds a server program, in this order: `REDIS_SERVER`, `VALKEY_SERVER`,
 * `redis-server` and `valkey-server` on the PATH, `redis-check-rdb` and
 * `valkey-check-rdb` on the PATH (the same program: Debian's `redis-tools` and
 * `valkey-tools` have it without the daemon), and a server in the cache folder,
 * which is fetched first where there is none (see {@link fetchServer}).
 *
 * @throws ConfigurationError where what was named does not exist, or nothing
 *   was found and nothing can be fetched; the message says what to install
 * @publicApi
 */
export async function findServerBinary(
  options: FindServerOptions = {},
): Promise<ServerBinary> {
  const env = options.env ?? process.env;
  if (options.binary !== undefined) {
    return named('binary', options.binary, options);
  }
  for (const variable of ['REDIS_SERVER', 'VALKEY_SERVER']) {
    const value = env[variable];
    if (value !== undefined && value !== '') {
      return named(variable, value, options);
    }
  }
  for (const program of ['redis-server', 'valkey-server']) {
    const path = onPath(program, env);
    if (path !== undefined) return { path };
  }
  for (const kind of ['redis', 'valkey']) {
    const path = onPath(`${kind}-check-rdb`, env);
    if (path !== undefined) return { path, argv0: `${kind}-server` };
  }
  const order = [DEFAULT_SERVER, ...SERVER_NAMES];
  const cached = order.map((name) => cachedServer(name, env)).find(isProgram);
  if (cached !== undefined) return { path: cached };
  return fetchOrRefuse(DEFAULT_SERVER, options);
}

/**
 * Fetches a server into `${XDG_CACHE_HOME or ~/.cache}/nest-redis-cluster/servers`
 * unless it is there already: Debian's own package, from the mirror this system
 * is set up with, its signature checked, without root and without installing anything.
 * About 5 s. Several processes may do so at once.
 *
 * @param name which server
 * @param options `env`: the environment to use; `log`: told the progress
 * @throws ConfigurationError on systems without a Debian mirror; the message
 *   says what to install instead
 * @publicApi
 */
export async function fetchServer(
  name: ServerName = DEFAULT_SERVER,
  options: Pick<FindServerOptions, 'env' | 'log'> = {},
): Promise<ServerBinary> {
  const env = options.env ?? process.env;
  const script = spawn(
    '/bin/sh',
    [FETCH_SCRIPT, '-d', cacheFolder(env), name],
    { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let path = '';
  let progress = '';
  script.stdout.on('data', (chunk: Buffer) => {
    path += chunk.toString();
  });
  script.stderr.on('data', (chunk: Buffer) => {
    progress += chunk.toString();
    for (const line of chunk.toString().split('\n')) {
      if (line !== '') options.log?.(line);
    }
  });
  const code = await new Promise<number | null>((settle, reject) => {
    script.once('error', reject);
    script.once('close', settle);
  });
  if (code !== 0) {
    throw new ConfigurationError(
      `No Redis or Valkey server found, and ${name} could not be fetched:\n${progress.trim()}`,
    );
  }
  return { path: path.trim() };
}

/**
 * Asks a program which server it is.
 *
 * @throws ConfigurationError where it does not run or is no such server
 * @publicApi
 */
export async function serverVersion(
  binary: ServerBinary | string,
): Promise<ServerVersion> {
  const { path, argv0 }: ServerBinary =
    typeof binary === 'string' ? { path: binary } : binary;
  const folder = mkdtempSync(join(tmpdir(), 'nest-redis-cluster-'));
  let said: string;
  try {
    const program = programUnderItsName(
      argv0 === undefined ? { path } : { path, argv0 },
      folder,
    );
    said = (await promisify(execFile)(program, ['--version'])).stdout;
  } catch (error) {
    throw new ConfigurationError(
      `${path} does not run: ${(error as Error).message}`,
      { cause: error },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  // Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=...
  const match = /^(Redis|Valkey) server v=((\d+)\.(\d+)\S*)/i.exec(said);
  if (match === null) {
    throw new ConfigurationError(
      `${path} is no Redis or Valkey server: --version says "${said.trim()}"`,
    );
  }
  const [, kind = '', version = '', major, minor] = match;
  return {
    kind: kind.toLowerCase() as ServerVersion['kind'],
    version,
    major: Number(major),
    minor: Number(minor),
  };
}

/**
 * The path to start a program by: a link in the folder, where the program
 * looks at the name it was started under.
 *
 * @internal
 */
export function programUnderItsName(
  { path, argv0 }: ServerBinary,
  folder: string,
): string {
  if (argv0 === undefined) return path;
  const link = join(folder, argv0);
  symlinkSync(resolve(path), link);
  return link;
}

async function named(
  source: string,
  value: string,
  options: FindServerOptions,
): Promise<ServerBinary> {
  const env = options.env ?? process.env;
  if (isServerName(value)) {
    const cached = cachedServer(value, env);
    return isProgram(cached) ? { path: cached } : fetchOrRefuse(value, options);
  }
  // absolute: the servers have working folders of their own
  const path = value.includes('/') ? resolve(value) : onPath(value, env);
  if (path === undefined || !isProgram(path)) {
    throw new ConfigurationError(
      `${source} names "${value}", which is no program; name the path of a redis-server or valkey-server, or one of ${SERVER_NAMES.join(', ')}`,
    );
  }
  const kind = /(redis|valkey)-check-rdb$/.exec(path)?.[1];
  return kind === undefined ? { path } : { path, argv0: `${kind}-server` };
}

function fetchOrRefuse(
  name: ServerName,
  options: FindServerOptions,
): Promise<ServerBinary> {
  if (options.fetch !== false) return fetchServer(name, options);
  throw new ConfigurationError(
    'No Redis or Valkey server found: install one so that redis-server or valkey-server is on the PATH, or set REDIS_SERVER to its path',
  );
}

function isServerName(value: string): value is ServerName {
  return SERVER_NAMES.some((name) => name === value);
}

function cacheFolder(env: NodeJS.ProcessEnv): string {
  const cache = env['XDG_CACHE_HOME'] ?? '';
  return join(
    cache === '' ? join(env['HOME'] ?? homedir(), '.cache') : cache,
    'nest-redis-cluster',
    'servers',
  );
}

function cachedServer(name: ServerName, env: NodeJS.ProcessEnv): string {
  return join(cacheFolder(env), name, `${name.split('-')[0]}-server`);
}

function onPath(program: string, env: NodeJS.ProcessEnv): string | undefined {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => resolve(folder, program))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
