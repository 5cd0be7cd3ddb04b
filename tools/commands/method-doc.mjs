// Writes the comment above a method.
import { PARAMETER_DOCS } from './curated-options.mjs';
import { actsOnOneNode } from './library.mjs';
import { MODULE_PARAMETER_DOCS } from './modules.mjs';

/** Of commands whose servers tell none in the notation, as their pages have it. */
const COMPLEXITIES = {
  DEBUG: 'Depends on the subcommand',
  'MEMORY MALLOC-STATS': 'Takes the longer the more memory is in use',
  'MEMORY PURGE': 'Takes the longer the more memory is in use',
  VADD: 'O(log(N))',
  VCARD: 'O(1)',
  VDIM: 'O(1)',
  VEMB: 'O(1)',
  VGETATTR: 'O(1)',
  VINFO: 'O(1)',
  VISMEMBER: 'O(1)',
  VLINKS: 'O(1)',
  VRANDMEMBER: 'O(N)',
  VRANGE: 'O(log(K)+M)',
  VREM: 'O(log(N))',
  VSETATTR: 'O(1)',
  VSIM: 'O(log(N))',
};

export function methodDoc(command, fact, sentence, given) {
  const { module, redis, valkey } = fact.since;
  const slug = command.toLowerCase().replaceAll(' ', '-');
  const link =
    valkey !== undefined && redis === undefined
      ? `https://valkey.io/commands/${slug}/`
      : `https://redis.io/docs/latest/commands/${slug}/`;
  const since = [
    ...(module === undefined ? [] : [`version ${module} of the module`]),
    ...(redis === undefined ? [] : [`Redis ${redis}`]),
    // the fork kept the history: only a Valkey of its own is worth a word
    ...(valkey === undefined || valkey === redis ? [] : [`Valkey ${valkey}`]),
  ].join(', ');
  const only = fact.module
    ? ''
    : valkey === undefined
      ? ' (not Valkey)'
      : redis === undefined
        ? ' (not Redis)'
        : '';
  const parameters = given
    .map((parameter) => /^\w+/.exec(parameter)?.[0])
    .map((name) => [
      name,
      MODULE_PARAMETER_DOCS[`${command} ${name}`] ??
        MODULE_PARAMETER_DOCS[`${command.split('.')[0]}.* ${name}`] ??
        PARAMETER_DOCS[`${command} ${name}`] ??
        PARAMETER_DOCS[name],
    ])
    .filter(([, words]) => words !== undefined)
    .map(([name, words]) => `   * @param ${name} ${words}\n`)
    .join('');
  const place = actsOnOneNode(command)
    ? ' Refused unless a node is named: `client.at({ node })`.'
    : '';
  const notation = fact.complexity || COMPLEXITIES[command];
  const complexity = notation === undefined ? '' : `${notation}. `;
  return `  /**
   * ${sentence}${place}
   *
   * ${complexity}Since ${since}${only}.
   *
${parameters}   * @see ${link}
   */`;
}
