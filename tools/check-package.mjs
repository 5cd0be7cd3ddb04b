// Packs the library and uses the tarball as an application would: installed
// beside its peers, imported by name. Needs a build and node_modules, no network.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import assert from 'node:assert/strict';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
const NAME = 'nest-redis-cluster';
const RUNTIME_DEPENDENCIES = ['cluster-key-slot'];

const scratch = mkdtempSync(join(tmpdir(), `${NAME}-package-`));
try {
  const installed = install(pack());
  const manifest = readManifest(installed);
  assert.deepEqual(
    Object.keys(manifest.dependencies ?? {}),
    RUNTIME_DEPENDENCIES,
    'runtime dependencies',
  );
  assert.deepEqual(
    modulesOf(join(installed, 'dist')),
    ['index.js', 'shared.js', 'testing/index.js'],
    'modules: an application that starts loads two files, not two hundred',
  );
  provideDependencies(manifest);
  importEntries();
  compileConsumer();
  console.log(`${NAME} ${manifest.version} can be installed and imported`);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

function pack() {
  const [{ filename }] = JSON.parse(
    execFileSync(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', scratch],
      { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
    ),
  );
  return join(scratch, filename);
}

function install(tarball) {
  const folder = join(scratch, 'node_modules', NAME);
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', [
    '-xzf',
    tarball,
    '-C',
    folder,
    '--strip-components',
    '1',
  ]);
  return folder;
}

/**
 * Links what the package names, from this repository's own node_modules, and
 * nothing else: an import of anything that is not named fails. The optional
 * peer is left out: the main entry has to do without.
 */
function provideDependencies({
  dependencies,
  peerDependencies,
  peerDependenciesMeta,
}) {
  const names = Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (name) => !peerDependenciesMeta?.[name]?.optional,
  );
  for (const name of names) {
    const link = join(scratch, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), link);
  }
}

function importEntries() {
  // or the name is that of a package whose folder the scratch lies in
  writeFileSync(join(scratch, 'package.json'), '{ "private": true }');
  writeFileSync(
    join(scratch, 'application.mjs'),
    `
import 'reflect-metadata';
import assert from 'node:assert/strict';
import * as main from '${NAME}';
import * as testing from '${NAME}/testing';

assert.equal(typeof main.RedisClusterClient, 'function');
assert.equal(typeof main.RedisClusterModule, 'function');
assert.equal(typeof main.EnsureReplication, 'function');
assert.equal(typeof testing.LocalRedisCluster.start, 'function');
`,
  );
  execFileSync(process.execPath, ['application.mjs'], {
    cwd: scratch,
    stdio: 'inherit',
  });
}

function modulesOf(folder) {
  return readdirSync(folder, { recursive: true })
    .filter((file) => file.endsWith('.js'))
    .sort();
}

/** What is stripped from the declarations must not be what types are inferred from. */
function compileConsumer() {
  writeFileSync(
    join(scratch, 'consumer.mts'),
    `
import { RedisClusterClient } from '${NAME}';

declare const client: RedisClusterClient;

const [name, visits]: [string | null, number] = await client.pipeline((p) => [
  p.get('name'),
  p.incr('visits'),
]);
const [left]: [number] = await client.transaction((t) => [t.decr('stock')]);
const raw: Buffer | null = await client.with({ replies: 'buffers' }).get('name');
const took: number = await client
  .script<number>({ lua: 'return 1', numberOfKeys: 1 })
  .run(['name']);
// @ts-expect-error -- it is no number
const wrong: number = await client.get('name');
export { left, name, raw, took, visits, wrong };
`,
  );
  execFileSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/typescript/bin/tsc'),
      ...['--noEmit', '--strict', '--skipLibCheck'],
      ...['--target', 'es2023', '--module', 'nodenext'],
      ...['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')],
      'consumer.mts',
    ],
    { cwd: scratch, stdio: 'inherit' },
  );
}

function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}
