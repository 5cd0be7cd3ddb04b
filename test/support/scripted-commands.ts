import { error, type Handler, type ScriptedReply } from './scripted-server.js';

/** What COMMAND INFO says of a made-up command. */
export interface ScriptedCommand {
  readonly name: string;
  readonly arity?: number;
  readonly flags?: readonly string[];
  readonly tips?: readonly string[];
  readonly keySpecs?: readonly ScriptedReply[];
  readonly subcommands?: readonly ScriptedCommand[];
}

/** A key specification whose keys stand in a row from `index` on. */
export const keysFrom = (
  index: number,
  { last = 0, step = 1, flags = ['RW', 'access'] } = {},
): ScriptedReply =>
  keySpec(
    flags,
    ['index', [['index', index]]],
    [
      'range',
      [
        ['lastkey', last],
        ['keystep', step],
        ['limit', 0],
      ],
    ],
  );

/** A key specification with their number in front of the keys. */
export const countedKeys = (index: number): ScriptedReply =>
  keySpec(
    ['RW', 'access'],
    ['index', [['index', index]]],
    [
      'keynum',
      [
        ['keynumidx', 0],
        ['firstkey', 1],
        ['keystep', 1],
      ],
    ],
  );

type Part = readonly [
  type: string,
  spec: readonly (readonly [string, ScriptedReply])[],
];

function keySpec(
  flags: readonly string[],
  beginSearch: Part,
  findKeys: Part,
): ScriptedReply {
  const part = ([type, spec]: Part): ScriptedReply =>
    new Map<string, ScriptedReply>([
      ['type', type],
      ['spec', new Map(spec)],
    ]);
  return new Map<string, ScriptedReply>([
    ['flags', flags],
    ['begin_search', part(beginSearch)],
    ['find_keys', part(findKeys)],
  ]);
}

function entryOf({
  name,
  arity = -2,
  flags = ['readonly'],
  tips = [],
  keySpecs = [],
  subcommands = [],
}: ScriptedCommand): ScriptedReply {
  return [
    name,
    arity,
    flags,
    1,
    1,
    1,
    [],
    tips,
    keySpecs,
    subcommands.map(entryOf),
  ];
}

function find(
  commands: readonly ScriptedCommand[],
  wanted: string,
): ScriptedCommand | undefined {
  return commands.find(({ name }) => name === wanted.toLowerCase());
}

/** Answers COMMAND and COMMAND INFO, and unknown commands as servers do; leaves the known ones to `handler`. */
export function withCommands(
  commands: readonly ScriptedCommand[],
  handler: Handler,
): Handler {
  return (words, connection) => {
    const [name = '', sub = '', ...rest] = words;
    if (name.toUpperCase() === 'COMMAND' && sub === '') {
      return commands.map(entryOf);
    }
    if (name.toUpperCase() === 'COMMAND' && sub.toUpperCase() === 'INFO') {
      return rest.map((wanted) => {
        const found = find(commands, wanted);
        return found === undefined ? null : entryOf(found);
      });
    }
    if (name.includes('.') && find(commands, name) === undefined) {
      return error(
        `ERR unknown command '${name}', with args beginning with: '${sub}'`,
      );
    }
    return handler(words, connection);
  };
}
