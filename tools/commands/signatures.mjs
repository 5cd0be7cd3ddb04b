// COMMAND DOCS arguments -> the signature of a method, by rules. What the rules
// cannot know is curated in curated-signatures.mjs.
import { MODULE_SIGNATURES } from './modules.mjs';
import { CURATED_SIGNATURES, KINDS, NAMES } from './curated-signatures.mjs';

const has = (argument, flag) => argument.flags?.includes(flag) ?? false;

const camel = (name) =>
  name
    .toLowerCase()
    .replace(/[ _.-](.)/g, (_separator, letter) => letter.toUpperCase());

const nameOf = (command, argument) =>
  NAMES[`${command} ${argument.name}`] ??
  NAMES[argument.name] ??
  camel(argument.name);

const plural = (name) => (/s$/.test(name) ? name : `${name}s`);

/** The signature of a command: see lib/commands/signature.ts for its form. */
export function signatureOf(name, fact) {
  return (
    MODULE_SIGNATURES.get(name) ??
    CURATED_SIGNATURES[name] ??
    parts(name, fact.arguments).join(' ').trim()
  );
}

function kindOf(command, argument) {
  const curated = KINDS[`${command} ${argument.name}`];
  if (curated !== undefined) return curated;
  switch (argument.type) {
    case 'key':
      return 'key';
    case 'pattern':
      return 'text';
    case 'integer':
    case 'unix-time':
      return 'integer';
    case 'double':
      return 'double';
    case 'string':
      return 'value';
    default:
      throw new Error(`${command}: no kind for ${JSON.stringify(argument)}`);
  }
}

function parts(command, argumentList) {
  const signature = [];
  let counted = '';
  for (const [index, argument] of argumentList.entries()) {
    const next = argumentList[index + 1];
    if (/^num/.test(argument.name) && next && has(next, 'multiple')) {
      counted = '#';
      continue;
    }
    signature.push(...partsOf(command, argument, counted));
    counted = '';
  }
  return signature;
}

function partsOf(command, argument, counted) {
  const { name, type, token } = argument;
  const optional = has(argument, 'optional');
  if (optional && isOption(argument)) {
    return [`?${optionGroup(command, argument)}`];
  }
  const word = token === undefined ? [] : [`'${token}'`];
  if (type === 'pure-token') return word;
  if (type === 'oneof') {
    return [
      ...word,
      `${nameOf(command, argument)}:${choices(command, argument)}`,
    ];
  }
  if (type === 'block' && has(argument, 'multiple')) {
    const [first, second, ...rest] = argument.arguments;
    if (second === undefined || rest.length > 0) {
      throw new Error(`${command}: ${name} is no list of pairs`);
    }
    if (first.name === 'score')
      return [`members:{score:double,member:value}[]`];
    const kinds = [kindOf(command, first), kindOf(command, second)];
    return [...word, `entries:${counted}${kinds.join('=')}`];
  }
  if (type === 'block') {
    const inner = parts(command, argument.arguments);
    // an optional block begins with what may be left out
    return optional ? [`${inner[0]}?`, ...inner.slice(1)] : [...word, ...inner];
  }
  const kind = kindOf(command, argument);
  if (has(argument, 'multiple')) {
    return [
      ...word,
      `${plural(nameOf(command, argument))}:${counted}${kind}[]${optional ? '?' : ''}`,
    ];
  }
  return [
    ...word,
    `${nameOf(command, argument)}:${kind}${optional ? '?' : ''}`,
  ];
}

/** Whether it is told from its neighbours by words of its own. */
function isOption(argument) {
  if (argument.token !== undefined) return true;
  return (
    argument.type === 'oneof' &&
    argument.arguments.every((alternative) => alternative.token !== undefined)
  );
}

function choices(command, argument) {
  if (argument.arguments.some((choice) => choice.type !== 'pure-token')) {
    throw new Error(`${command}: ${argument.name} is no choice of words`);
  }
  return argument.arguments
    .map((choice) => choice.token.toLowerCase())
    .join('/');
}

function optionGroup(command, argument) {
  if (argument.type !== 'oneof' || argument.token !== undefined) {
    return option(command, argument);
  }
  const alternatives = argument.arguments.map((one) => option(command, one));
  return alternatives.length === 1
    ? alternatives[0]
    : `(${alternatives.join('|')})`;
}

function option(command, argument) {
  const { token, type } = argument;
  const name = camel(token);
  const word = name.toUpperCase() === token ? name : `${name}@${token}`;
  if (type === 'pure-token') return word;
  if (type === 'oneof') return `${word}:${choices(command, argument)}`;
  if (type === 'block') {
    const slots = argument.arguments.map(
      (slot) => `${camel(slot.name)}:${kindOf(command, slot)}`,
    );
    return `${word}:{${slots.join(',')}}`;
  }
  const kind = kindOf(command, argument);
  if (has(argument, 'multiple_token')) return `${word}:${kind}+`;
  return `${word}:${kind}${has(argument, 'multiple') ? '[]' : ''}`;
}
