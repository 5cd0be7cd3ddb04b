// Writes the comment above a method.
import { PARAMETER_DOCS } from './curated-options.mjs';
import { actsOnOneNode } from './library.mjs';

export function methodDoc(command, fact, sentence, given) {
  const { redis, valkey } = fact.since;
  const slug = command.toLowerCase().replaceAll(' ', '-');
  const link =
    redis === undefined
      ? `https://valkey.io/commands/${slug}/`
      : `https://redis.io/docs/latest/commands/${slug}/`;
  const since = [
    ...(redis === undefined ? [] : [`Redis ${redis}`]),
    // the fork kept the history: only a Valkey of its own is worth a word
    ...(valkey === undefined || valkey === redis ? [] : [`Valkey ${valkey}`]),
  ].join(', ');
  const only =
    valkey === undefined
      ? ' (not Valkey)'
      : redis === undefined
        ? ' (not Redis)'
        : '';
  const parameters = given
    .map((parameter) => /^\w+/.exec(parameter)?.[0])
    .map((name) => [
      name,
      PARAMETER_DOCS[`${command} ${name}`] ?? PARAMETER_DOCS[name],
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
