import { describe, expect, it } from 'vitest';
import { CommandFlag } from '../../../lib/commands/command-spec.js';
import {
  commandNames,
  commandSpec,
  findCommand,
} from '../../../lib/commands/command-table.js';
import {
  overriddenNames,
  overrideOf,
} from '../../../lib/commands/overrides.js';
import { reportingNames } from '../../../lib/commands/reporting-commands.js';
import { refusedNames } from '../../../lib/commands/refused-commands.js';

describe('findCommand', () => {
  it('finds a command whatever its case and gives the arguments behind it', () => {
    const found = findCommand(['gEt', 'k']);
    expect(found?.spec).toBe(commandSpec('GET'));
    expect(found?.args).toEqual(['k']);
  });

  it('takes the second word of a container command along', () => {
    const found = findCommand(['script', Buffer.from('Load'), 'return 1']);
    expect(found?.spec.name).toBe('SCRIPT LOAD');
    expect(found?.spec.words).toEqual(['SCRIPT', 'LOAD']);
    expect(found?.args).toEqual(['return 1']);
  });

  it('finds a container command that stands alone', () => {
    expect(findCommand(['COMMAND'])?.spec.name).toBe('COMMAND');
  });

  it.each([
    { words: [] },
    { words: ['NOPE', 'k'] },
    { words: ['SCRIPT', 'NOPE'] },
    { words: ['SCRIPT LOAD', 'x'] },
    { words: ['__proto__'] },
    { words: [7] },
  ])('does not know $words', ({ words }) => {
    expect(findCommand(words)).toBeUndefined();
  });

  it('does not touch the words it is given', () => {
    const words = ['GET', 'k'];
    const found = findCommand(words);
    found?.args.push('more');
    expect(words).toEqual(['GET', 'k']);
  });
});

describe('commandSpec', () => {
  it('knows the commands of all three servers', () => {
    const names = commandNames();
    // Redis 7.0; Redis 8.6 alone; Valkey 9 alone; a subcommand of each
    expect(names).toEqual(
      expect.arrayContaining(['GET', 'DELEX', 'VSIM', 'DELIFEQ']),
    );
    expect(names).toEqual(
      expect.arrayContaining(['SCRIPT SHOW', 'CLUSTER SLOT-STATS']),
    );
    expect(names.length).toBeGreaterThan(400);
  });

  it('throws for a name that is in no table', () => {
    expect(() => commandSpec('NOPE')).toThrow(RangeError);
    expect(() => commandSpec('get')).toThrow(RangeError);
  });

  it('parses every row', () => {
    for (const name of commandNames()) {
      const spec = commandSpec(name);
      expect(spec.words.join(' ')).toBe(name);
      expect(spec.words.length).toBeLessThanOrEqual(Math.abs(spec.arity));
      expect(spec.flags & 127).toBe(spec.flags);
      expect(spec.firstKey).toBeGreaterThanOrEqual(-1);
    }
  });

  // firstKey counts from behind the words, key specs from the first word
  it.each([
    ['GET', 0, true],
    ['SET', 0, true],
    ['DEL', 0, false],
    ['MSET', 0, false],
    ['BITOP', 1, false],
    ['OBJECT ENCODING', 0, true],
    ['LCS', 0, false],
    ['RENAME', 0, false],
    ['LMPOP', 1, false],
    ['BLMPOP', 2, false],
    ['ZUNIONSTORE', 0, false],
    ['SORT', 0, false],
    ['GEORADIUS', 0, false],
    ['SPUBLISH', 0, true],
    ['EVAL', -1, false],
    ['FCALL_RO', -1, false],
    ['XREAD', -1, false],
    ['XREADGROUP', -1, false],
    ['MIGRATE', -1, false],
    ['KEYS', -1, true],
    ['PING', -1, true],
    ['SCRIPT LOAD', -1, true],
  ])('%s: first key at %i, a single key: %s', (name, firstKey, singleKey) => {
    expect(commandSpec(name)).toMatchObject({ firstKey, singleKey });
  });

  it('keeps every form of key specification', () => {
    expect(commandSpec('MSET').keySpecs).toEqual([
      {
        beginSearch: { type: 'index', index: 1 },
        findKeys: { type: 'range', lastKey: -1, keyStep: 2, limit: 0 },
        flags: ['OW', 'update'],
      },
    ]);
    expect(commandSpec('XREAD').keySpecs[0]).toMatchObject({
      beginSearch: { type: 'keyword', keyword: 'STREAMS', startFrom: 1 },
      findKeys: { type: 'range', lastKey: -1, keyStep: 1, limit: 2 },
    });
    expect(commandSpec('EVAL').keySpecs[0]).toMatchObject({
      beginSearch: { type: 'index', index: 2 },
      findKeys: { type: 'keynum', keyNumIndex: 0, firstKey: 1, keyStep: 1 },
    });
    expect(commandSpec('SORT').keySpecs[2]).toMatchObject({
      beginSearch: { type: 'unknown' },
      findKeys: { type: 'unknown' },
    });
    expect(commandSpec('MIGRATE').keySpecs[1]).toMatchObject({
      beginSearch: { type: 'keyword', keyword: 'KEYS', startFrom: -2 },
    });
    expect(commandSpec('MIGRATE').keySpecs[1]?.flags).toContain('incomplete');
  });

  it.each([
    'GET',
    'MGET',
    'EXISTS',
    'XREAD',
    'SORT_RO',
    'EVAL_RO',
    'EVALSHA_RO',
    'FCALL_RO',
    'BITFIELD_RO',
    'OBJECT ENCODING',
    'JSON.MGET',
  ])('%s may be read from a replica', (name) => {
    expect(commandSpec(name).flags & CommandFlag.ReplicaRead).not.toBe(0);
  });

  it.each([
    'SET',
    'GETEX',
    'SORT',
    'BITFIELD',
    'GEORADIUS',
    'PFCOUNT',
    'EVAL',
    'FCALL',
    'PUBLISH',
    'SPUBLISH',
    'HSCAN',
    'SSCAN',
    'ZSCAN',
    'BF.SCANDUMP',
    'TOUCH',
    'OBJECT FREQ',
    'XREADGROUP',
    'KEYS',
    'DBSIZE',
    'RANDOMKEY',
    'CLUSTER COUNTKEYSINSLOT',
  ])('%s may not (conformance 132)', (name) => {
    expect(commandSpec(name).flags & CommandFlag.ReplicaRead).toBe(0);
  });

  it('may be read from a replica only without a key that it may change', () => {
    const { Write, MayReplicate, ReadOnly, ReplicaRead } = CommandFlag;
    const wrong = commandNames().filter((name) => {
      const { flags, keySpecs } = commandSpec(name);
      if ((flags & ReplicaRead) === 0) return false;
      const flagged = keySpecs.flatMap((spec) => spec.flags);
      return (
        (flags & (Write | MayReplicate | ReadOnly)) !== ReadOnly ||
        flagged.includes('variable_flags') ||
        flagged.includes('RW')
      );
    });
    expect(wrong).toEqual([]);
  });

  it.each([
    ['GET', CommandFlag.ReadOnly | CommandFlag.ReplicaRead],
    ['SET', CommandFlag.Write],
    ['BLPOP', CommandFlag.Write | CommandFlag.Blocking],
    [
      'XREAD',
      CommandFlag.ReadOnly |
        CommandFlag.Blocking |
        CommandFlag.MovableKeys |
        CommandFlag.ReplicaRead,
    ],
    ['PUBLISH', CommandFlag.MayReplicate],
    [
      'EVAL',
      CommandFlag.MayReplicate | CommandFlag.Script | CommandFlag.MovableKeys,
    ],
    [
      'EVAL_RO',
      CommandFlag.ReadOnly |
        CommandFlag.Script |
        CommandFlag.MovableKeys |
        CommandFlag.ReplicaRead,
    ],
    ['PING', CommandFlag.ReadOnly],
    ['CONFIG SET', 0],
  ])('%s has the flags %i', (name, flags) => {
    expect(commandSpec(name).flags).toBe(flags);
  });
});

describe('commands that only report', () => {
  it.each(reportingNames())('%s is in the table, and no write', (name) => {
    const { flags } = commandSpec(name);
    expect(flags & CommandFlag.ReadOnly).not.toBe(0);
    expect(flags & (CommandFlag.Write | CommandFlag.MayReplicate)).toBe(0);
  });
});

describe('policies', () => {
  // From the command tips of the servers, but for what overrides.ts explains.
  it.each([
    ['GET', 'default', 'default'],
    ['KEYS', 'all_shards', 'union'],
    ['DBSIZE', 'all_shards', 'agg_sum'],
    ['EXISTS', 'multi_shard', 'agg_sum'],
    ['DEL', 'multi_shard', 'agg_sum'],
    ['UNLINK', 'multi_shard', 'agg_sum'],
    ['TOUCH', 'multi_shard', 'agg_sum'],
    ['MGET', 'multi_shard', 'default'],
    ['MSET', 'multi_shard', 'all_succeeded'],
    // Redis 7.0 advertises it as splittable
    ['MSETNX', 'default', 'default'],
    ['MSETEX', 'multi_shard', 'all_succeeded'],
    ['RENAME', 'default', 'default'],
    ['SINTERSTORE', 'default', 'default'],
    ['FLUSHALL', 'all_shards', 'all_succeeded'],
    ['FLUSHDB', 'all_shards', 'all_succeeded'],
    ['PING', 'all_shards', 'all_succeeded'],
    ['RANDOMKEY', 'all_shards', 'special'],
    ['SCAN', 'special', 'special'],
    ['SCRIPT LOAD', 'all_nodes', 'all_agree'],
    ['SCRIPT EXISTS', 'all_shards', 'agg_logical_and'],
    ['SCRIPT FLUSH', 'all_nodes', 'all_succeeded'],
    ['SCRIPT KILL', 'all_nodes', 'one_succeeded'],
    ['FUNCTION KILL', 'all_nodes', 'one_succeeded'],
    ['FUNCTION LOAD', 'all_shards', 'all_succeeded'],
    ['FUNCTION DELETE', 'all_shards', 'all_succeeded'],
    ['FUNCTION STATS', 'all_shards', 'special'],
    ['INFO', 'all_shards', 'special'],
    ['CONFIG SET', 'all_nodes', 'all_succeeded'],
    ['LATENCY RESET', 'all_nodes', 'agg_sum'],
    ['SLOWLOG LEN', 'all_nodes', 'agg_sum'],
    ['MEMORY STATS', 'all_shards', 'special'],
    ['ACL SETUSER', 'all_nodes', 'all_succeeded'],
    ['PUBSUB CHANNELS', 'all_nodes', 'union'],
    ['PUBSUB NUMPAT', 'all_nodes', 'agg_sum'],
    // every node has its own settings, entries, modules, ID
    ['CONFIG GET', 'all_nodes', 'special'],
    ['SLOWLOG GET', 'all_nodes', 'special'],
    ['COMMANDLOG GET', 'all_nodes', 'special'],
    ['MODULE LIST', 'all_nodes', 'special'],
    ['CLUSTER MYID', 'all_nodes', 'special'],
    ['CLUSTER LINKS', 'all_nodes', 'special'],
    ['CLIENT KILL', 'all_nodes', 'agg_sum'],
    ['HOTKEYS START', 'all_nodes', 'all_succeeded'],
    ['MEMORY PURGE', 'all_nodes', 'all_succeeded'],
    ['BACKUP START', 'all_shards', 'all_succeeded'],
    ['BACKUP STATUS', 'all_shards', 'special'],
    ['CLUSTER GETKEYSINSLOT', 'slot_argument', 'default'],
  ])('%s: %s, %s', (name, requestPolicy, responsePolicy) => {
    expect(commandSpec(name)).toMatchObject({ requestPolicy, responsePolicy });
  });

  it('are curated only for commands that exist, each with its reason and source', () => {
    const names = commandNames();
    for (const name of overriddenNames()) {
      expect(names).toContain(name);
      expect(overrideOf(name)?.reason).toMatch(/\w{3}/);
      expect(overrideOf(name)?.source).toMatch(/\w{3}/);
    }
    expect(overrideOf('toString')).toBeUndefined();
  });
});

describe('commands refused on a shared connection (conformance 87)', () => {
  it.each([
    ['MULTI', /`transaction`, or `watch`/],
    ['WATCH', /`watch`, or `withConnection`/],
    ['WAIT', /ensureReplication/],
    ['WAITAOF', /ensurePersistence/],
    ['MONITOR', /redis-cli/],
    ['SUBSCRIBE', /connection of your own/],
    ['SSUBSCRIBE', /connection of your own/],
    ['CLIENT REPLY', /pipeline/],
    ['CLIENT TRACKING', /readFrom/],
    ['CLIENT NO-EVICT', /withConnection/],
    ['SELECT', /keyPrefix/],
    ['SYNC', /clusterReplicate/],
    ['CLUSTER SYNCSLOTS', /clusterMigrateslots/],
    ['CLIENT SETNAME', /clientName/],
    ['HELLO', /protocol/],
    ['AUTH', /password/],
    ['QUIT', /close\(\)/],
    ['RESET', /withConnection/],
    ['READONLY', /readFrom/],
    ['ASKING', /by itself/],
    ['PSYNC', /between servers/],
    ['SHUTDOWN', /one node/],
    ['CLUSTER RESET', /one node/],
    ['CLIENT UNBLOCK', /one node/],
    ['SWAPDB', /keyPrefix/],
    ['HIMPORT SET', /withConnection/],
    ['SENTINEL', /clusterShards/],
  ])('%s says what to do instead', (name, instead) => {
    expect(commandSpec(name).refused).toMatch(instead);
    expect(commandSpec(name).refused?.startsWith(`${name}: `)).toBe(true);
  });

  it('each name what to use', () => {
    const speechless = refusedNames().filter(
      (name) =>
        !/; .*\b(use|used|name that node)\b/.test(commandSpec(name).refused!),
    );
    expect(speechless).toEqual([]);
  });

  it('are commands that exist', () => {
    const names = commandNames();
    for (const name of refusedNames()) expect(names).toContain(name);
  });

  it('are none of the ordinary ones', () => {
    const ordinary = ['GET', 'EVAL', 'CLIENT LIST', 'CLUSTER INFO', 'PUBLISH'];
    expect(
      ordinary.filter((name) => commandSpec(name).refused !== undefined),
    ).toEqual([]);
  });
});
