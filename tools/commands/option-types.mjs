// Writes a command's options, and the objects it takes, as types.
import { OPTION_DOCS } from './curated-options.mjs';
import { MODULE_OBJECT_TYPES, MODULE_OPTION_DOCS } from './modules.mjs';
import { HEADER, importLines, withoutComments } from './generated-source.mjs';
import { methodNameOf } from './library.mjs';

/** Option types shared by several commands, by their signature. */
const SHARED_OPTIONS = {
  '?count:integer': 'PopOptions',
  '?limit:integer': 'CardinalityOptions',
  '?withscores': 'ScoreOptions',
  '?withscore': 'RankOptions',
  '?(async|sync)': 'FlushOptions',
  '?(nx|xx|gt|lt)': 'ExpireOptions',
  '?limit:{offset:integer,count:integer}': 'RangeByLexOptions',
  '?withscores ?limit:{offset:integer,count:integer}': 'RangeByScoreOptions',
  '?weights:double[] ?aggregate:sum/min/max': 'CombineStoreOptions',
  '?weights:double[] ?aggregate:sum/min/max ?withscores': 'CombineOptions',
};

/** The type of a parameter that is an object: `COMMAND parameter` -> name, and what it is. */
const OBJECT_TYPES = {
  'ZADD members': [
    'ScoredInput',
    'A member of a sorted set with the score it is to have.',
  ],
  'GEOADD members': ['GeoInput', 'A member with the place it is to have.'],
  'BITCOUNT range': [
    'BitcountRange',
    'The part of a string to count in; both ends count.',
  ],
  'BITPOS range': [
    'BitposRange',
    'The part of a string to search; both ends count.',
  ],
  'BITFIELD operations': [
    'BitfieldOperation',
    'Reads or writes one integer inside a string.',
  ],
  'BITFIELD_RO operations': [
    'BitfieldRead',
    'Reads one integer inside a string.',
  ],
  'XPENDING range': ['PendingRange', 'Which pending entries to list.'],
  'CLUSTER ADDSLOTSRANGE ranges': [
    'SlotRange',
    'A range of slots; both ends count.',
  ],
  'CLUSTER DELSLOTSRANGE ranges': [
    'SlotRange',
    'A range of slots; both ends count.',
  ],
  'TRIMSLOTS ranges': ['SlotRange', 'A range of slots; both ends count.'],
  'CLUSTER MIGRATESLOTS migrations': [
    'SlotMove',
    'Ranges of slots, and where they are to go.',
  ],
  ...MODULE_OBJECT_TYPES,
};

export const KIND_TYPES = {
  key: 'Key',
  value: 'Value',
  text: 'Key',
  integer: 'Integer',
  double: 'Double',
  bound: 'Bound',
  json: 'Json',
};

export function slotType({ kind, choices }) {
  if (choices === undefined) return KIND_TYPES[kind];
  return `Choice<${choices.map((choice) => `'${choice}'`).join(' | ')}>`;
}

/** The type of a parameter's object, noted for the file of options. */
export function objectType(command, parameter, optionTypes) {
  const known = OBJECT_TYPES[`${command} ${parameter.name}`];
  if (known === undefined) {
    throw new Error(`${command}: no type for ${parameter.name}`);
  }
  const [name, about] = known;
  const { fields, groups } = members(parameter.fields, `${name}.`, command);
  const source =
    groups.length === 0
      ? `export interface ${name} {\n${fields}\n}`
      : `export type ${name} = ${[...groups, ...(fields === '' ? [] : [`{\n${fields}\n}`])].join(' & ')};`;
  optionTypes.set(name, {
    name,
    source: `/** ${about} @publicApi */\n${source}`,
  });
  return name;
}

/** The file of all option types. */
export function optionsSource(optionTypes) {
  const types = [...optionTypes.values()].toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  );
  const body = types.map(({ source }) => source).join('\n\n');
  const imports = [
    ['../command-spec.js', ['Key', 'Value']],
    [
      './argument-types.js',
      [
        'Bound',
        'Choice',
        'Double',
        'Exclusive',
        'Integer',
        'Json',
        'OneOf',
        'OneOrMany',
        'Pairs',
      ],
    ],
  ];
  return `${HEADER}\n${importLines(imports, withoutComments(body))}\n${body}\n`;
}

/** The name of a command's option type; undefined where it has no options. */
export function optionTypeName(command, parts, signature, optionTypes) {
  const groups = parts.filter((part) => part.type === 'options');
  if (groups.length === 0) return undefined;
  const body = optionTypeBody(groups, command);
  // the same options with the same words are one type
  const twin = [...optionTypes.values()].find((type) => type.body === body);
  if (twin !== undefined) {
    twin.commands.push(command);
    twin.source = optionTypeSource(twin);
    return twin.name;
  }
  const key = signature
    .split(' ')
    .filter((part) => /^[?!]/.test(part))
    .join(' ');
  const method = methodNameOf(command);
  const own = `${method[0].toUpperCase()}${method.slice(1)}Options`;
  const shared = SHARED_OPTIONS[key] ?? own;
  const name = optionTypes.has(shared) ? own : shared;
  const type = { name, body, commands: [command] };
  type.source = optionTypeSource(type);
  optionTypes.set(name, type);
  return name;
}

function optionTypeSource({ name, body, commands }) {
  const listed = commands
    .map((command) => `\`${methodNameOf(command)}\``)
    .join(', ');
  const doc = `/** Options of ${listed}. @publicApi */`;
  return body.startsWith('{')
    ? `${doc}\nexport interface ${name} ${body}`
    : `${doc}\nexport type ${name} = ${body};`;
}

function optionTypeBody(parts, command) {
  const { fields, groups } = members(parts, '', command);
  if (groups.length === 0) return `{\n${fields}\n}`;
  if (fields !== '') groups.push(`{\n${fields}\n}`);
  return groups.join(' & ');
}

/** What an object has: plain fields, and groups that exclude each other. */
function members(parts, prefix, command) {
  const fields = [];
  const groups = [];
  for (const part of parts) {
    if (part.type === 'word') continue;
    if (part.type === 'parameter') {
      fields.push(
        field(
          part.name,
          parameterType(part, prefix, command),
          part.optional,
          prefix,
          command,
          'readonly ',
        ),
      );
      continue;
    }
    const options = part.alternatives.map((option) => [
      option.name,
      optionType(option, prefix, command),
    ]);
    if (options.length === 1) {
      const [[name, type]] = options;
      fields.push(field(name, type, !part.required, prefix, command));
      continue;
    }
    const group = part.required ? 'OneOf' : 'Exclusive';
    const alternatives = options.map(([name, type]) =>
      field(name, type, false, prefix, command),
    );
    groups.push(`${group}<{\n${alternatives.join('\n')}\n}>`);
  }
  return { fields: fields.join('\n'), groups };
}

function field(name, type, optional, prefix, command, modifier = '') {
  const words = wordsFor(`${prefix}${name}`, command);
  const mark = optional ? '?' : '';
  return `  /** ${words} */\n  ${modifier}${name}${mark}: ${type}${optional ? ' | undefined' : ''};`;
}

function wordsFor(name, command) {
  const words =
    MODULE_OPTION_DOCS[`${command} ${name}`] ??
    MODULE_OPTION_DOCS[`${command.split('.')[0]}.* ${name}`] ??
    OPTION_DOCS[`${command} ${name}`] ??
    OPTION_DOCS[`${command.slice(0, 3)}* ${name}`] ??
    MODULE_OPTION_DOCS[name] ??
    OPTION_DOCS[name];
  if (words === undefined) {
    throw new Error(`${command}: no words for option ${name}`);
  }
  return words;
}

function parameterType(parameter, prefix, command) {
  const type =
    parameter.fields === undefined
      ? slotType(parameter)
      : blockType(parameter.fields, `${prefix}${parameter.name}.`, command);
  if (parameter.form === 'pairs') return pairsType(parameter);
  return parameter.form === 'list' ? `OneOrMany<${type}>` : type;
}

export const pairsType = (parameter) =>
  `Pairs<${slotType(parameter)}, ${KIND_TYPES[parameter.secondKind]}>`;

/** What an option takes. */
export function optionType(option, prefix = '', command = '') {
  const { name, form, slots, fields } = option;
  if (form === 'flag') return 'boolean';
  if (form === 'pairs') return pairsType(option.pairs);
  if (form === 'block') {
    const type = blockType(fields, `${prefix}${name}.`, command);
    const needed = fields.filter(isNeeded);
    if (needed.length === 0)
      return fields.every(isWord) ? 'true' : `true | ${type}`;
    // see singleField() in value-builder.ts
    const [only] = needed;
    const short =
      needed.length === 1 &&
      fields.length > 1 &&
      only.type === 'parameter' &&
      only.form === 'one' &&
      only.fields === undefined;
    return short ? `${slotType(only)} | ${type}` : type;
  }
  const type =
    fields === undefined
      ? slotType(slots[0])
      : blockType(fields, `${prefix}${name}.`, command);
  return form === 'value' ? type : `OneOrMany<${type}>`;
}

const isWord = (part) => part.type === 'word';

const isNeeded = (part) =>
  part.type === 'options'
    ? part.required
    : part.type === 'parameter' && !part.optional;

function blockType(parts, prefix, command) {
  const { fields, groups } = members(parts, prefix, command);
  if (fields !== '') groups.push(`{\n${fields}\n}`);
  return groups.length === 1 ? groups[0] : `(${groups.join(' & ')})`;
}
