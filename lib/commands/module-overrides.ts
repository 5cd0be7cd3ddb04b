import type { CommandOverride } from './command-override.js';
import { CommandFlag } from './command-spec.js';

// What is known of the commands of modules better than servers say it: they
// hardly give tips for them.

const json = (command: string): string =>
  `https://redis.io/docs/latest/commands/json.${command}/`;

const filterDump = (command: string): CommandOverride => ({
  binaryReply: true,
  primaryOnly: true,
  reason:
    'the reply holds bytes of a filter, which no text can hold, and a cursor',
  source: `https://redis.io/docs/latest/commands/${command}/`,
});

/**
 * As of 1.6 the module asks the other shards itself, in the fan-out of its own
 * (LibMR), and reduces groups behind it: asked at every primary, each series
 * would come once for each of them, and reductions of reductions.
 */
const gathersItself = (command: string): CommandOverride => ({
  request: 'default',
  response: 'default',
  reason:
    'the node that is asked gathers what the others have (before Redis 8 once each primary was told TIMESERIES.REFRESHCLUSTER)',
  source: `https://redis.io/docs/latest/commands/ts.${command}/; https://github.com/RedisTimeSeries/RedisTimeSeries/issues/1007 and src/module.c (IsMRCluster)`,
});

/** See `overrideOf`. */
export const MODULE_OVERRIDES: Readonly<Record<string, CommandOverride>> = {
  'JSON.MGET': {
    request: 'multi_shard',
    response: 'default',
    keySpecs: ['RO/i1/r-2,1,0'],
    reason: 'the values come back in the order of the keys',
    source: `${json('mget')}; COMMAND INFO of Redis 8.10 names the first key alone and gives no tips`,
  },
  'JSON.MSET': {
    request: 'multi_shard',
    response: 'all_succeeded',
    reason: 'each key with its path and value stands for itself',
    source: `${json('mset')}; COMMAND INFO of Redis 8.10 gives no tips`,
  },

  'BF.SCANDUMP': filterDump('bf.scandump'),
  'CF.SCANDUMP': filterDump('cf.scandump'),
  'CMS.MERGE': {
    keySpecs: ['RW/i1/r0,1,0', 'RO/i2/n0,1,1'],
    reason: 'the sources are keys too, and have to be in the same slot',
    source:
      'https://redis.io/docs/latest/commands/cms.merge/; COMMAND INFO of Redis 8.10 names the destination alone',
  },

  'TS.MGET': gathersItself('mget'),
  'TS.MRANGE': gathersItself('mrange'),
  'TS.MREVRANGE': gathersItself('mrevrange'),
  'TS.QUERYINDEX': gathersItself('queryindex'),
  'TS.READ': {
    flags: CommandFlag.Blocking,
    reason: 'with BLOCK it waits for samples, and holds its connection up',
    source:
      'https://redis.io/docs/latest/commands/ts.read/; COMMAND INFO of Redis 8.10 does not flag it',
  },

  'FT.CONFIG SET': {
    request: 'all_shards',
    response: 'all_succeeded',
    reason: 'every primary has settings of its own',
    source:
      'https://redis.io/docs/latest/commands/ft.config-set/; COMMAND INFO of Redis 8.10 gives no policy',
  },
};
