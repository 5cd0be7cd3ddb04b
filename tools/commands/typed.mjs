// Writes the typed interfaces and the signatures their methods run by.
import { readdirSync, readFileSync } from 'node:fs';
import { CURATED_DOCS } from './curated-docs.mjs';
import { MODULE_INTERFACES } from './modules.mjs';
import { HEADER, importLines, withoutComments } from './generated-source.mjs';
import {
  actsOnOneNode,
  methodNameOf,
  parseSignature,
  refusedNames,
} from './library.mjs';
import { methodDoc } from './method-doc.mjs';
import {
  KIND_TYPES,
  objectType,
  optionsSource,
  optionType,
  optionTypeName,
  slotType,
} from './option-types.mjs';
import { signatureOf } from './signatures.mjs';

/** File -> interface, what it holds, and which commands. */
const INTERFACES = [
  ['strings', 'StringCommands', 'Strings and counters.', 'string'],
  ['keys', 'KeyCommands', 'Keys of any type.', 'generic'],
  ['hashes', 'HashCommands', 'Hashes.', 'hash'],
  ['lists', 'ListCommands', 'Lists.', 'list'],
  ['sets', 'SetCommands', 'Sets.', 'set'],
  ['sorted-sets', 'SortedSetCommands', 'Sorted sets.', 'sorted-set'],
  ['bitmaps', 'BitmapCommands', 'Strings as rows of bits.', 'bitmap'],
  ['places', 'GeoCommands', 'Places on Earth.', 'geo'],
  ['estimates', 'HyperloglogCommands', 'HyperLogLogs.', 'hyperloglog'],
  ['streams', 'StreamCommands', 'Streams and their consumer groups.', 'stream'],
  ['vectors', 'VectorCommands', 'Vector sets.', 'module'],
  ...MODULE_INTERFACES,
  ['channels', 'PubSubCommands', 'Messages, but for subscribing.', 'pubsub'],
  ['scripting', 'ScriptingCommands', 'Scripts and functions.', 'scripting'],
  [
    'connections',
    'ConnectionCommands',
    'Connections to servers.',
    'connection',
  ],
  ['cluster', 'ClusterCommands', 'The cluster itself.', 'cluster'],
  ['server', 'ServerCommands', 'The servers themselves.', 'server'],
];

/**
 * @returns file name -> source
 */
export function typedSources(facts) {
  const missing = untyped(facts);
  if (missing.length > 0) {
    throw new Error(`No line in curated-docs.mjs for ${missing.join(', ')}`);
  }
  const sources = new Map();
  const optionTypes = new Map();
  const signatures = [];
  for (const [file, name, about, group] of INTERFACES) {
    const commands = [...facts].filter(
      ([command, fact]) => CURATED_DOCS.has(command) && group === fact.group,
    );
    const methods = commands.map(([command, fact]) => {
      const signature = signatureOf(command, fact);
      signatures.push(`${command}|${signature}`);
      return methodSource(command, fact, signature, optionTypes);
    });
    sources.set(
      `${file}.generated.ts`,
      interfaceSource(name, about, methods.join('\n\n'), [
        ...[...optionTypes.values()].map((type) => type.name),
      ]),
    );
  }
  sources.set('options.generated.ts', optionsSource(optionTypes));
  sources.set('signatures.generated.ts', signaturesSource(signatures));
  return sources;
}

/** Commands that a new server brings and nobody has described yet. */
function untyped(facts) {
  const refused = new Set(refusedNames());
  return [...facts]
    .filter(
      ([command, fact]) =>
        !fact.container &&
        !fact.internal &&
        (!refused.has(command) || actsOnOneNode(command)) &&
        !CURATED_DOCS.has(command),
    )
    .map(([command]) => command);
}

/** Of the interfaces that need them. */
const TYPE_PARAMETERS = [
  {
    name: 'Text',
    source: 'Text extends string | Buffer = string',
    words: '@typeParam Text what strings of replies are',
  },
  {
    name: 'At',
    source: "At extends 'cluster' | 'node' = 'cluster'",
    words:
      '@typeParam At where commands run: on the cluster, or on one node of it',
  },
];

function interfaceSource(name, sentence, methods, objects) {
  const imports = [
    ['../../errors/reply-error.js', ['ReplyError']],
    ['../command-spec.js', ['Key', 'Value']],
    ...replyTypes(),
    [
      './argument-types.js',
      [
        ...['Bound', 'Choice', 'Double', 'Integer', 'Json', 'Many'],
        ...['OneOrMany', 'Pairs'],
      ],
    ],
    ['./options.generated.js', objects.toSorted()],
  ];
  const code = withoutComments(methods);
  const parameters = TYPE_PARAMETERS.filter(({ name: parameter }) =>
    new RegExp(`\\b${parameter}\\b`).test(code),
  );
  const about = [sentence, ...parameters.map(({ words }) => words)];
  const generics =
    parameters.length === 0
      ? ''
      : `<${parameters.map(({ source }) => source).join(', ')}>`;
  return `${HEADER}
${importLines(imports, withoutComments(methods))}
/**
${about.map((line) => ` * ${line}`).join('\n')}
 * @publicApi
 */
export interface ${name}${generics} {
${methods}
}
`;
}

const signaturesSource = (signatures) => `${HEADER}

/** One typed command a line: its name and, behind the bar, its signature (see signature.ts). */
export const SIGNATURES = \`
${signatures.join('\n')}
\`;
`;

/** Every exported type of lib/commands/replies, by its file. */
function replyTypes() {
  const folder = new URL('../../lib/commands/replies/', import.meta.url);
  return readdirSync(folder)
    .toSorted()
    .map((file) => [
      `../replies/${file.replace('.ts', '.js')}`,
      [
        ...readFileSync(new URL(file, folder), 'utf8').matchAll(
          /^export (?:interface|type) (\w+)/gm,
        ),
      ].map(([, type]) => type),
    ]);
}

function methodSource(command, fact, signature, optionTypes) {
  const parts = parseSignature(signature);
  const { replies, sentence } = CURATED_DOCS.get(command);
  const parameters = parts.filter((part) => part.type === 'parameter');
  const options = optionTypeName(command, parts, signature, optionTypes);
  const needed = parts.some((part) => part.type === 'options' && part.required);
  const name = methodNameOf(command);
  const conditions = replies
    .map(({ when }) => when)
    .filter((when) => when && when !== 'bare');
  for (const condition of conditions) {
    const known =
      parameters.some((parameter) => parameter.name === condition) ||
      optionOf(parts, condition) !== undefined;
    if (!known) throw new Error(`${command}: no argument ${condition}`);
  }
  // the plain call last: it is the one an error message shows
  const ordered = [
    ...replies.filter(({ when }) => when === 'bare'),
    ...replies.filter(({ when }) => when !== undefined && when !== 'bare'),
    ...replies.filter(({ when }) => when === undefined),
  ];
  const generic = replies.some(({ type }) => type === 'Reply')
    ? '<Reply = unknown>'
    : '';
  const lists = ordered.map(({ when, type }) => ({
    given: givenParameters({
      command,
      when,
      parts,
      parameters,
      options,
      needed,
      conditions,
      optionTypes,
    }),
    type,
  }));
  const pairs = parameters.at(-1);
  if (
    pairs?.form === 'pairs' &&
    parameters.length === 2 &&
    parts.length === 2
  ) {
    // hset(key, field, value)
    lists.unshift({
      given: [
        parameterSource(command, parameters[0], false, false, optionTypes),
        `field: ${KIND_TYPES[pairs.kind]}`,
        `value: ${KIND_TYPES[pairs.secondKind]}`,
      ],
      type: lists[0].type,
    });
  }
  return lists
    .map(({ given, type }) => {
      const doc = methodDoc(command, fact, sentence, given);
      return `${doc}\n  ${name}${generic}(${given.join(', ')}): Promise<${type}>;`;
    })
    .join('\n');
}

const optionOf = (parts, name) =>
  parts
    .filter((part) => part.type === 'options')
    .flatMap((part) => part.alternatives)
    .find((option) => option.name === name);

/** The parameters of one overload. */
function givenParameters({
  command,
  when,
  parts,
  parameters,
  options,
  needed,
  conditions,
  optionTypes,
}) {
  const conditional = parameters.filter(({ name }) =>
    conditions.includes(name),
  );
  const plain = when === undefined || when === 'bare';
  const given = parameters
    .filter((parameter) => !plain || !conditional.includes(parameter))
    .map((parameter, index, all) =>
      parameterSource(
        command,
        parameter,
        options === undefined && index === all.length - 1,
        conditional.includes(parameter),
        optionTypes,
      ),
    );
  // options that need a parameter do not stand without it
  if (
    options === undefined ||
    when === 'bare' ||
    (plain && conditional.length > 0)
  )
    return given;
  const required = optionOf(parts, when) !== undefined;
  const others = conditions
    .map((condition) => optionOf(parts, condition))
    .filter((option) => option !== undefined)
    .map((option) =>
      option.name === when
        ? `${option.name}: ${option.form === 'flag' ? 'true' : optionType(option, '', command)}`
        : `${option.name}?: ${option.form === 'flag' ? 'false | ' : ''}undefined`,
    );
  // what another option decides is left open beside the one that is asked for
  const narrowed = required
    ? others.filter((other) => !other.includes('?:'))
    : others;
  const type =
    narrowed.length === 0 ? options : `${options} & { ${narrowed.join('; ')} }`;
  if (!required && !needed) return [...given, `options?: ${type}`];
  // nothing that may be left out stands before what may not
  return [
    ...given.map((parameter) =>
      parameter.replace(/^(\w+)\?: (.*)$/s, '$1: $2 | undefined'),
    ),
    `options: ${type}`,
  ];
}

function parameterSource(command, parameter, last, required, optionTypes) {
  const { name, form, optional } = parameter;
  const mark = optional && !required ? '?' : '';
  const type =
    parameter.fields === undefined
      ? slotType(parameter)
      : objectType(command, parameter, optionTypes);
  if (form === 'list') {
    if (last && !optional) return `...${name}: Many<${type}>`;
    return `${name}${mark}: OneOrMany<${type}>`;
  }
  if (form === 'pairs' || form === 'columns')
    return `${name}: Pairs<${type}, ${KIND_TYPES[parameter.secondKind]}>`;
  return `${name}${mark}: ${type}`;
}
