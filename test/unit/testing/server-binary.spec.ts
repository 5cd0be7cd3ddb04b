import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  fetchServer,
  findServerBinary,
  serverVersion,
} from '../../../lib/testing/server-binary.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'server-binary-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A program that prints a line; its path. */
function program(path: string, line = 'x'): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho "${line}"\n`);
  chmodSync(file, 0o755);
  return file;
}

const environment = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: `${join(folder, 'a')}:${join(folder, 'b')}`,
  HOME: folder,
  ...more,
});

const find = (env = environment()): ReturnType<typeof findServerBinary> =>
  findServerBinary({ env, fetch: false });

describe('findServerBinary', () => {
  it('takes REDIS_SERVER, then VALKEY_SERVER, then the PATH, then the check program under another name, then the cache', async () => {
    const cached = program(
      '.cache/nest-redis-cluster/servers/redis-7.0/redis-server',
    );
    expect(await find()).toEqual({ path: cached });

    const check = program('b/redis-check-rdb');
    expect(await find()).toEqual({ path: check, argv0: 'redis-server' });

    const valkey = program('b/valkey-server');
    expect(await find()).toEqual({ path: valkey });

    const redis = program('b/redis-server');
    expect(await find()).toEqual({ path: redis });

    const named = program('elsewhere/valkey');
    const VALKEY_SERVER = named;
    expect(await find(environment({ VALKEY_SERVER }))).toEqual({ path: named });

    const REDIS_SERVER = redis;
    expect(await find(environment({ VALKEY_SERVER, REDIS_SERVER }))).toEqual({
      path: redis,
    });
  });

  it('knows the check program of Valkey, and by its path as well', async () => {
    const path = program('a/valkey-check-rdb');
    const found = { path, argv0: 'valkey-server' };
    expect(await find()).toEqual(found);
    expect(await findServerBinary({ binary: path })).toEqual(found);
  });

  it('takes any cached server where the default one is not cached', async () => {
    const path = program(
      'cache/nest-redis-cluster/servers/valkey-9/valkey-server',
    );
    const XDG_CACHE_HOME = join(folder, 'cache');
    expect(await find(environment({ XDG_CACHE_HOME }))).toEqual({ path });
  });

  it('takes a path, a program on the PATH, and a name that was fetched before', async () => {
    const path = program('a/my-redis');
    const env = environment();
    expect(await findServerBinary({ binary: path, env })).toEqual({ path });
    expect(await findServerBinary({ binary: 'my-redis', env })).toEqual({
      path,
    });
    const cached = program(
      '.cache/nest-redis-cluster/servers/redis-8.6/redis-server',
    );
    expect(await findServerBinary({ binary: 'redis-8.6', env })).toEqual({
      path: cached,
    });
  });

  it('does not fall back silently where the named program does not exist', async () => {
    program('a/redis-server');
    const REDIS_SERVER = join(folder, 'gone');
    await expect(find(environment({ REDIS_SERVER }))).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining(`REDIS_SERVER names "${REDIS_SERVER}"`),
    });
  });

  it('passes over folders and files that are no programs', async () => {
    mkdirSync(join(folder, 'a', 'redis-server'), { recursive: true });
    mkdirSync(join(folder, 'b'));
    writeFileSync(join(folder, 'b', 'redis-server'), '');
    await expect(find()).rejects.toThrow('set REDIS_SERVER to its path');
  });
});

describe('fetchServer', () => {
  it('says what to install where the system has no apt', async () => {
    const lines: string[] = [];
    const env = { PATH: join(folder, 'empty'), XDG_CACHE_HOME: folder };
    // the shell's own tools only
    for (const tool of ['mkdir', 'grep']) {
      program(`empty/${tool}`);
    }
    mkdirSync(join(folder, 'nest-redis-cluster', 'servers'), {
      recursive: true,
    });
    await expect(
      fetchServer('redis-7.0', { env, log: (line) => lines.push(line) }),
    ).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('Install a server instead'),
    });
    expect(lines.join('\n')).toContain('apt-get is missing');
  });

  it('is done at once where the server is in the cache', async () => {
    const path = program('nest-redis-cluster/servers/valkey-9/valkey-server');
    expect(
      await fetchServer('valkey-9', { env: { XDG_CACHE_HOME: folder } }),
    ).toEqual({ path });
  });
});

describe('serverVersion', () => {
  it.each([
    [
      'Redis server v=7.0.15 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64',
      { kind: 'redis', version: '7.0.15', major: 7, minor: 0 },
    ],
    [
      'Valkey server v=9.1.2 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64',
      { kind: 'valkey', version: '9.1.2', major: 9, minor: 1 },
    ],
  ])('reads "%s"', async (line, version) => {
    expect(await serverVersion(program('server', line))).toEqual(version);
  });

  it('refuses what is no server, and what does not run', async () => {
    await expect(
      serverVersion(program('ls', 'ls (GNU coreutils) 9.1')),
    ).rejects.toThrow('is no Redis or Valkey server');
    await expect(serverVersion(join(folder, 'gone'))).rejects.toThrow(
      'does not run',
    );
  });

  it('starts the program under the name it is told', async () => {
    const path = program('redis-check-rdb', 'Redis server v=1.2.3 as $0');
    expect(await serverVersion({ path, argv0: 'redis-server' })).toMatchObject({
      version: '1.2.3',
    });
    writeFileSync(path, '#!/bin/sh\necho "Redis server v=${0##*/}"\n');
    await expect(
      serverVersion({ path, argv0: 'redis-server' }),
    ).rejects.toThrow('v=redis-server');
  });
});
