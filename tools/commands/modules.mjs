// The commands of modules: what their servers say of them (module-facts.json)
// and what is curated of them, a file a family.
import { readFileSync } from 'node:fs';
import { BLOOM } from './modules-bloom.mjs';
import { JSON_DOCUMENTS } from './modules-json.mjs';
import { SEARCH } from './modules-search.mjs';
import { TIME_SERIES } from './modules-series.mjs';

const FAMILIES = [JSON_DOCUMENTS, BLOOM, TIME_SERIES, SEARCH];

/** Beside what is in any other table: file, interface, what it holds, its group. */
export const MODULE_INTERFACES = FAMILIES.map((family) => family.interface);

/** The type of a parameter that is an object: see option-types.mjs. */
export const MODULE_OBJECT_TYPES = Object.assign(
  {},
  ...FAMILIES.map((family) => family.objectTypes),
);

const read = (lines) =>
  Object.fromEntries(
    lines
      .trim()
      .split('\n')
      .map((line) => line.split(' | ')),
  );

/** What an option does; `TS.*` before it stands for the commands that begin so. */
export const MODULE_OPTION_DOCS = read(
  FAMILIES.map((family) => family.optionDocs.trim()).join('\n'),
);

/** What a parameter is. */
export const MODULE_PARAMETER_DOCS = read(
  FAMILIES.map((family) => family.parameterDocs.trim()).join('\n'),
);

// One line a command:
//   NAME :: signature :: complexity :: replies :: sentence
// Replies and sentence are as in curated-docs.mjs.
const LINES = FAMILIES.flatMap((family) => family.lines.trim().split('\n'))
  .filter((line) => line !== '')
  .map((line) => line.split(' :: '));

export const MODULE_DOC_LINES = `\n${LINES.map(
  ([name, , , replies, sentence]) => [name, replies, sentence].join(' :: '),
).join('\n')}\n`;

/** name -> signature */
export const MODULE_SIGNATURES = new Map(
  LINES.map(([name, signature]) => [name, signature.trim()]),
);

const COMPLEXITIES = new Map(
  LINES.map(([name, , complexity]) => [name, complexity]),
);

/**
 * In the table, so that `call()` knows where they go, but without a method:
 * servers list them and no page describes them, or only as names of before.
 */
const INTERNAL = new Set([
  ...['BF.DEBUG', 'CF.COMPACT', 'CF.DEBUG'],
  // of clusters that are not configured by their own servers
  ...['SEARCH.CLUSTERINFO', 'SEARCH.CLUSTERREFRESH', 'SEARCH.CLUSTERSET'],
  ...['TIMESERIES.CLUSTERSET', 'TIMESERIES.REFRESHCLUSTER', 'FT.CURSOR GC'],
  // of the first search module, which kept documents by itself
  ...['FT.ADD', 'FT.DEL', 'FT.DROP', 'FT.GET', 'FT.MGET', 'FT.SAFEADD'],
  'FT.SYNADD',
  // what replicas and restored snapshots are sent
  ...['FT._ALIASADDIFNX', 'FT._ALIASDELIFX', 'FT._ALTERIFNX'],
  ...['FT._CREATEIFNX', 'FT._DROPIFX', 'FT._DROPINDEXIFX'],
]);

const CONTAINERS = new Set(['FT.CONFIG', 'FT.CURSOR']);

/** Why coredis sends a family elsewhere. */
export const MODULE_REASONS = {
  FT: 'the name of an index is no key, and any primary asks the others',
  TS: 'the node that is asked gathers what the others have',
};

/** The facts of servers without modules, and those of modules. */
export function withModules(commands) {
  const { commands: modules } = JSON.parse(
    readFileSync(new URL('./module-facts.json', import.meta.url), 'utf8'),
  );
  const facts = modules.map(([name, { since, ...fact }]) => [
    name,
    {
      ...fact,
      // modules counted versions of their own before Redis 8 took them in
      since: /^([89]|\d\d)\./.test(since)
        ? { redis: since }
        : { module: since },
      module: true,
      internal: INTERNAL.has(name),
      complexity: COMPLEXITIES.get(name) ?? '',
      deprecated: false,
      container: CONTAINERS.has(name),
      arguments: [],
    },
  ]);
  return new Map(
    [...commands, ...facts].toSorted(([a], [b]) => (a < b ? -1 : 1)),
  );
}
