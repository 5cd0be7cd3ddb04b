import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, run, SetupError, step } from './step.mjs';

/**
 * Installs what package-lock.json names, where node_modules lacks it.
 *
 * @param folder where package.json lies
 */
export async function ensureDependencies(folder = ROOT) {
  if (installed(folder)) return;
  const where = folder === ROOT ? '' : ` of ${folder.slice(ROOT.length)}`;
  await step(`Installing dependencies${where} (npm ci)`, () => npmCi(folder));
}

/**
 * Compares what npm noted about the installed tree with the lockfile: file
 * times say nothing after a checkout or in a copied tree.
 */
function installed(folder) {
  let lock, tree;
  try {
    lock = packagesOf(join(folder, 'package-lock.json'));
    tree = packagesOf(join(folder, 'node_modules/.package-lock.json'));
  } catch {
    return false;
  }
  return Object.entries(lock).every(
    ([path, { version, optional }]) =>
      path === '' ||
      (tree[path] ? tree[path].version === version : optional === true),
  );
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

async function npmCi(folder) {
  // `npm start` names the npm that runs it; a plain `node tools/start.mjs` does not
  const npm = process.env.npm_execpath?.endsWith('.js')
    ? [process.execPath, process.env.npm_execpath]
    : ['npm'];
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund'];
  try {
    await run(npm[0], [...npm.slice(1), ...args], { cwd: folder });
  } catch (error) {
    const said = `${error.message}\n${error.output ?? ''}`;
    if (/cannot be started/.test(said)) {
      error.advice = 'npm is missing. It comes with Node: https://nodejs.org';
    } else if (
      /ENOTFOUND|ECONNREFUSED|ECONNRESET|EAI_AGAIN|ETIMEDOUT|E40[134]|network/.test(
        said,
      )
    ) {
      throw new SetupError(
        error.message,
        'The npm registry cannot be reached or refuses. Check `npm config get registry` and `npm ping`,\nor copy a node_modules folder made elsewhere from the same package-lock.json.',
      );
    }
    throw error;
  }
}
