// Writes a command's options as a type.
import { OPTION_DOCS } from './curated-docs.mjs';
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

export const KIND_TYPES = {
  key: 'Key',
  value: 'Value',
  text: 'Key',
  integer: 'Integer',
  double: 'Double',
  bound: 'Bound',
};

export const slotType = ({ kind, choices }) =>
  choices === undefined
    ? KIND_TYPES[kind]
    : `Choice<${choices.map((choice) => `'${choice}'`).join(' | ')}>`;

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
      ['Bound', 'Choice', 'Double', 'Exclusive', 'Integer', 'OneOrMany'],
    ],
  ];
  return `${HEADER}\n${importLines(imports, withoutComments(body))}\n${body}\n`;
}

/** The name of a command's option type; undefined where it has no options. */
export function optionTypeName(command, parts, signature, optionTypes) {
  const groups = parts.filter((part) => part.type === 'options');
  if (groups.length === 0) return undefined;
  const key = signature
    .split(' ')
    .filter((part) => part.startsWith('?'))
    .join(' ');
  const known = optionTypes.get(key);
  if (known !== undefined) {
    known.commands.push(command);
    known.source = optionTypeSource(known.name, known.commands, groups);
    return known.name;
  }
  const method = methodNameOf(command);
  const name =
    SHARED_OPTIONS[key] ??
    `${method[0].toUpperCase()}${method.slice(1)}Options`;
  const commands = [command];
  optionTypes.set(key, {
    name,
    commands,
    source: optionTypeSource(name, commands, groups),
  });
  return name;
}

function optionTypeSource(name, commands, groups) {
  const single = groups.filter((group) => group.alternatives.length === 1);
  const exclusive = groups.filter((group) => group.alternatives.length > 1);
  const field = (optional) => (option) => {
    const words =
      commands
        .map((command) => OPTION_DOCS[`${command} ${option.name}`])
        .find(Boolean) ?? OPTION_DOCS[option.name];
    if (words === undefined)
      throw new Error(`${commands[0]}: no words for option ${option.name}`);
    const type = optionType(option);
    return `  /** ${words} */\n  ${option.name}${optional ? '?' : ''}: ${type}${optional ? ' | undefined' : ''};`;
  };
  const listed = commands
    .map((command) => `\`${methodNameOf(command)}\``)
    .join(', ');
  const doc = `/** Options of ${listed}. @publicApi */`;
  const fields = single
    .flatMap((group) => group.alternatives.map(field(true)))
    .join('\n');
  if (exclusive.length === 0)
    return `${doc}\nexport interface ${name} {\n${fields}\n}`;
  const members = exclusive.map(
    (group) =>
      `Exclusive<{\n${group.alternatives.map(field(false)).join('\n')}\n}>`,
  );
  if (fields !== '') members.push(`{\n${fields}\n}`);
  return `${doc}\nexport type ${name} = ${members.join(' & ')};`;
}

/** What an option takes. */
export function optionType({ name, form, slots }) {
  if (form === 'flag') return 'boolean';
  if (form === 'block') {
    const fields = slots.map((slot) => {
      const words = OPTION_DOCS[`${name}.${slot.name}`];
      if (words === undefined) {
        throw new Error(`No words for ${name}.${slot.name}`);
      }
      return `/** ${words} */\n    readonly ${slot.name}: ${slotType(slot)};`;
    });
    return `{\n    ${fields.join('\n    ')}\n  }`;
  }
  const type = slotType(slots[0]);
  return form === 'value' ? type : `OneOrMany<${type}>`;
}
