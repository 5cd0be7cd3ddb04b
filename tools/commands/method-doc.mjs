// Writes the comment above a method.
import { PARAMETER_DOCS } from './curated-options.mjs';
import { actsOnOneNode } from './library.mjs';
import { MODULE_PARAMETER_DOCS } from './modules.mjs';

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
  const complexity = fact.complexity === '' ? '' : `${fact.complexity}. `;
  return `  /**
   * ${sentence}${place}
   *
   * ${complexity}Since ${since}${only}.
   *
${parameters}   * @see ${link}
   */`;
}
