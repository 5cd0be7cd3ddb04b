// Writes the typed interfaces and the signatures their methods run by.
import { CURATED_DOCS, PARAMETER_DOCS } from './curated-docs.mjs';
import { HEADER, importLines, withoutComments } from './generated-source.mjs';
import { methodNameOf, parseSignature, refusedNames } from './library.mjs';
import {
  KIND_TYPES,
  optionsSource,
  optionType,
  optionTypeName,
  slotType,
} from './option-types.mjs';
import { signatureOf } from './signatures.mjs';

/** Groups of which every command is typed, unless it is refused. */
const WHOLE_GROUPS = ['string', 'generic', 'hash', 'list', 'set', 'sorted-set'];

/** File -> interface, what it holds, and which commands. */
const INTERFACES = [
  ['strings', 'StringCommands', 'Strings and counters.', 'string'],
  ['keys', 'KeyCommands', 'Keys of any type.', 'generic'],
  ['hashes', 'HashCommands', 'Hashes.', 'hash'],
  ['lists', 'ListCommands', 'Lists.', 'list'],
  ['sets', 'SetCommands', 'Sets.', 'set'],
  ['sorted-sets', 'SortedSetCommands', 'Sorted sets.', 'sorted-set'],
  ['scripting', 'ScriptingCommands', 'Scripts and functions.', 'scripting'],
  ['server', 'ServerCommands', 'The servers themselves.', undefined],
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
      ([command, fact]) =>
        CURATED_DOCS.has(command) && group === groupOf(fact.group),
    );
    const methods = commands.map(([command, fact]) => {
      const signature = signatureOf(command, fact);
      signatures.push(`${command}|${signature}`);
      return methodSource(command, fact, signature, optionTypes);
    });
    sources.set(
      `${file}.generated.ts`,
      interfaceSource(name, about, methods.join('\n\n')),
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
        WHOLE_GROUPS.includes(fact.group) &&
        !fact.container &&
        !refused.has(command) &&
        !CURATED_DOCS.has(command),
    )
    .map(([command]) => command);
}

/** The group a command is typed in; undefined for what is about servers. */
const groupOf = (group) =>
  INTERFACES.some(([, , , known]) => known === group) ? group : undefined;

function interfaceSource(name, about, methods) {
  const imports = [
    ['../command-spec.js', ['Key', 'Value']],
    ['../replies/hash-replies.js', ['FieldValue']],
    ['../replies/lcs-reply.js', ['LcsMatches']],
    [
      '../replies/pop-replies.js',
      ['PoppedElement', 'PoppedElements', 'PoppedMember', 'PoppedMembers'],
    ],
    [
      '../replies/scan-replies.js',
      [
        'ScannedEntries',
        'ScannedFields',
        'ScannedKeys',
        'ScannedMembers',
        'ScannedScores',
      ],
    ],
    ['../replies/score-replies.js', ['RankedScore', 'ScoredMember']],
    [
      './argument-types.js',
      [
        'Bound',
        'Choice',
        'Double',
        'Integer',
        'Many',
        'OneOrMany',
        'Pairs',
        'ScoredInput',
      ],
    ],
    [
      './options.generated.js',
      [...new Set(methods.match(/\b\w+Options\b/g) ?? [])].toSorted(),
    ],
  ];
  return `${HEADER}
${importLines(imports, withoutComments(methods))}
/**
 * ${about}
 *
 * @typeParam Text what strings of replies are
 * @publicApi
 */
export interface ${name}<Text extends string | Buffer = string> {
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

function methodSource(command, fact, signature, optionTypes) {
  const parts = parseSignature(signature);
  const { replies, sentence } = CURATED_DOCS.get(command);
  const parameters = parts.filter((part) => part.type === 'parameter');
  const options = optionTypeName(command, parts, signature, optionTypes);
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
    given: givenParameters({ when, parts, parameters, options, conditions }),
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
        parameterSource(parameters[0], false, false),
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
function givenParameters({ when, parts, parameters, options, conditions }) {
  const conditional = parameters.filter(({ name }) =>
    conditions.includes(name),
  );
  const plain = when === undefined || when === 'bare';
  const given = parameters
    .filter((parameter) => !plain || !conditional.includes(parameter))
    .map((parameter, index, all) =>
      parameterSource(
        parameter,
        options === undefined && index === all.length - 1,
        conditional.includes(parameter),
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
        ? `${option.name}: ${option.form === 'flag' ? 'true' : optionType(option)}`
        : `${option.name}?: ${option.form === 'flag' ? 'false | ' : ''}undefined`,
    );
  // what another option decides is left open beside the one that is asked for
  const narrowed = required
    ? others.filter((other) => !other.includes('?:'))
    : others;
  const type =
    narrowed.length === 0 ? options : `${options} & { ${narrowed.join('; ')} }`;
  given.push(`options${required ? '' : '?'}: ${type}`);
  return given;
}

function parameterSource(parameter, last, required) {
  const { name, form, optional } = parameter;
  const mark = optional && !required ? '?' : '';
  const type = slotType(parameter);
  if (form === 'list') {
    if (last && !optional) return `...${name}: Many<${type}>`;
    return optional
      ? `${name}${mark}: readonly ${type}[]`
      : `${name}: OneOrMany<${type}>`;
  }
  if (form === 'pairs')
    return `${name}: Pairs<${type}, ${KIND_TYPES[parameter.secondKind]}>`;
  if (form === 'scored') return `${name}: OneOrMany<ScoredInput>`;
  return `${name}${mark}: ${type}`;
}

function methodDoc(command, fact, sentence, given) {
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
    .filter((name) => PARAMETER_DOCS[name] !== undefined)
    .map((name) => `   * @param ${name} ${PARAMETER_DOCS[name]}\n`)
    .join('');
  const complexity = fact.complexity === '' ? '' : `${fact.complexity}. `;
  return `  /**
   * ${sentence}
   *
   * ${complexity}Since ${since}${only}.
   *
${parameters}   * @see ${link}
   */`;
}
