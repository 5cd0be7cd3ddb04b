import { describe, expect, it } from 'vitest';
import { CommandFlag } from '../../../lib/commands/command-spec.js';
import { commandSpec } from '../../../lib/commands/command-table.js';
import {
  keysAreSpecified,
  liveSpec,
  parseLiveCommands,
  withLiveFacts,
} from '../../../lib/commands/live-commands.js';

/** An entry of COMMAND INFO, as RESP3 gives it. */
function entry(
  name: string,
  {
    flags = ['readonly'],
    tips = [],
    keySpecs = [],
    subcommands = [],
  }: {
    flags?: string[];
    tips?: string[];
    keySpecs?: unknown[];
    subcommands?: unknown[];
  } = {},
): unknown[] {
  return [name, -2, flags, 1, 1, 1, ['@read'], tips, keySpecs, subcommands];
}

const range = {
  flags: ['RO', 'access'],
  begin_search: { type: 'index', spec: { index: 1 } },
  find_keys: { type: 'range', spec: { lastkey: -1, keystep: 1, limit: 0 } },
};
const rangeResp2 = [
  'flags',
  ['RO', 'access'],
  'begin_search',
  ['type', 'index', 'spec', ['index', 1]],
  'find_keys',
  ['type', 'range', 'spec', ['lastkey', -1, 'keystep', 1, 'limit', 0]],
];
const keynum = {
  flags: ['RW'],
  begin_search: {
    type: 'keyword',
    spec: { keyword: 'KEYS', startfrom: -2 },
  },
  find_keys: {
    type: 'keynum',
    spec: { keynumidx: 0, firstkey: 1, keystep: 2 },
  },
};
const unknown = {
  flags: ['RO', 'incomplete'],
  begin_search: { type: 'unknown', spec: {} },
  find_keys: { type: 'unknown', spec: {} },
};

const specOf = (reply: unknown[]) => liveSpec(parseLiveCommands([reply])[0]!);

const flagsOf = (...given: string[]) =>
  specOf(entry('m', { flags: given })).flags;

const over = (name: string, tips: string[], keySpecs: unknown[] = []) =>
  withLiveFacts(
    commandSpec(name),
    parseLiveCommands([entry(name, { flags: ['write'], tips, keySpecs })])[0]!,
  );

const specified = (flags: string[], keySpecs: unknown[]) =>
  keysAreSpecified(
    parseLiveCommands([entry('mod.get', { flags, keySpecs })])[0]!,
  );

describe('the live COMMAND reply', () => {
  it('is the same in RESP2 and RESP3', () => {
    const [resp3] = parseLiveCommands([
      entry('mod.get', { keySpecs: [range] }),
    ]);
    const [resp2] = parseLiveCommands([
      entry('mod.get', { keySpecs: [rangeResp2] }),
    ]);
    expect(resp2).toEqual(resp3);
    expect(resp3).toEqual({
      name: 'MOD.GET',
      arity: -2,
      flags: CommandFlag.ReadOnly,
      keySpecs: [
        {
          beginSearch: { type: 'index', index: 1 },
          findKeys: { type: 'range', lastKey: -1, keyStep: 1, limit: 0 },
          flags: ['RO', 'access'],
        },
      ],
      request: undefined,
      response: undefined,
    });
  });

  it('keeps keyword searches, counts and what the server does not say', () => {
    const [facts] = parseLiveCommands([
      entry('mod.get', { keySpecs: [keynum, unknown] }),
    ]);
    expect(facts!.keySpecs).toMatchObject([
      {
        beginSearch: { type: 'keyword', keyword: 'KEYS', startFrom: -2 },
        findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, keyStep: 2 },
      },
      { beginSearch: { type: 'unknown' }, findKeys: { type: 'unknown' } },
    ]);
  });

  it('gives subcommands under their full names, and nothing for what is unknown', () => {
    const facts = parseLiveCommands([
      null,
      entry('mod', { subcommands: [entry('mod|sub'), entry('mod|other')] }),
    ]);
    expect(facts.map(({ name }) => name)).toEqual([
      'MOD',
      'MOD SUB',
      'MOD OTHER',
    ]);
    expect(parseLiveCommands('OK')).toEqual([]);
  });

  it('gives the policies of the tips and ignores what it does not know', () => {
    const tips = ['shiny_new_tip', 'request_policy:all_shards'];
    expect(
      specOf(entry('m', { tips: [...tips, 'response_policy:agg_max'] })),
    ).toMatchObject({
      requestPolicy: 'all_shards',
      responsePolicy: 'agg_max',
      source: 'server',
    });
    expect(
      specOf(
        entry('m', {
          tips: ['request_policy:everywhere', 'response_policy:__proto__'],
        }),
      ),
    ).toMatchObject({ requestPolicy: 'default', responsePolicy: 'default' });
  });

  it('takes a command that is flagged neither as a write nor as read-only for one that may write', () => {
    expect(flagsOf('fast')).toBe(CommandFlag.MayReplicate);
    expect(flagsOf('readonly', '__proto__')).toBe(CommandFlag.ReadOnly);
    expect(flagsOf('write', 'denyoom')).toBe(CommandFlag.Write);
  });
});

describe('live facts over the table', () => {
  it('change what is not curated', () => {
    expect(over('RENAME', ['request_policy:all_nodes'])).toMatchObject({
      requestPolicy: 'all_nodes',
      source: 'server',
    });
  });

  it.each(['MSETNX', 'MSETEX', 'DEL', 'SELECT'])(
    'never change the curated %s',
    (name) => {
      const spec = over(name, [
        'request_policy:all_nodes',
        'response_policy:agg_min',
      ]);
      expect(spec).toBe(commandSpec(name));
      expect(spec.source).toBe('curated');
    },
  );

  it('leave what they do not say as it is', () => {
    const table = commandSpec('LATENCY RESET');
    expect(over('LATENCY RESET', [])).toMatchObject({
      requestPolicy: table.requestPolicy,
      responsePolicy: table.responsePolicy,
    });
    const set = over('SET', []);
    expect(set).toMatchObject({
      keySpecs: commandSpec('SET').keySpecs,
      plain: true,
    });
    expect(over('ZSCORE', []).reply).toBe(commandSpec('ZSCORE').reply);
  });
});

describe('the keys of a command', () => {
  it('are known from complete specifications', () => {
    expect(specified([], [])).toBe(true);
    expect(specified([], [range])).toBe(true);
    expect(specified(['movablekeys'], [range, keynum])).toBe(true);
  });

  it('are not where a function of the module finds them', () => {
    expect(specified(['movablekeys'], [])).toBe(false);
    expect(specified(['movablekeys'], [range])).toBe(false);
    expect(specified(['movablekeys'], [keynum, unknown])).toBe(false);
  });
});
