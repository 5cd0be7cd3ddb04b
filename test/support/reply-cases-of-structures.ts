import type { ReplyCase } from './reply-cases.js';

const five = ['a', 'b', 'c', 'd', 'e'].map((member, score) => ({
  score: score + 0.5,
  member,
}));
const byradius = { radius: 2_000, unit: 'km' } as const;

/** Sorted sets, bitmaps, places, HyperLogLogs, streams, vector sets. */
export const STRUCTURE_CASES: readonly ReplyCase[] = [
  ['ZADD', '', (c, k) => c.zadd(k('z'), five)],
  ['ZADD', 'incr', (c, k) => c.zadd(k('z'), five[0]!, { incr: true })],
  ['ZCARD', '', (c, k) => c.zcard(k('z'))],
  ['ZCOUNT', '', (c, k) => c.zcount(k('z'), 0, Infinity)],
  ['ZDIFF', '', (c, k) => c.zdiff([k('z'), k('gone')])],
  ['ZDIFF', 'withscores', (c, k) => c.zdiff(k('z'), { withscores: true })],
  ['ZDIFFSTORE', '', (c, k) => c.zdiffstore(k('z2'), k('z'))],
  ['ZINCRBY', '', (c, k) => c.zincrby(k('z'), 1.5, 'a')],
  ['ZINTER', '', (c, k) => c.zinter([k('z'), k('z2')])],
  ['ZINTER', 'withscores', (c, k) => c.zinter(k('z'), { withscores: true })],
  ['ZINTERCARD', '', (c, k) => c.zintercard(k('z'))],
  ['ZINTERSTORE', '', (c, k) => c.zinterstore(k('z2'), k('z'))],
  ['ZLEXCOUNT', '', (c, k) => c.zlexcount(k('z'), '-', '+')],
  ['ZMSCORE', '', (c, k) => c.zmscore(k('z'), 'a', 'no')],
  ['ZRANDMEMBER', '', (c, k) => c.zrandmember(k('z'))],
  ['ZRANDMEMBER', 'count', (c, k) => c.zrandmember(k('z'), 2)],
  [
    'ZRANDMEMBER',
    'withscores',
    (c, k) => c.zrandmember(k('z'), 2, { withscores: true }),
  ],
  ['ZRANGE', '', (c, k) => c.zrange(k('z'), 0, -1)],
  [
    'ZRANGE',
    'withscores',
    (c, k) => c.zrange(k('z'), 0, -1, { withscores: true }),
  ],
  ['ZRANGEBYLEX', '', (c, k) => c.zrangebylex(k('z'), '-', '+')],
  ['ZRANGEBYSCORE', '', (c, k) => c.zrangebyscore(k('z'), 0, 9)],
  [
    'ZRANGEBYSCORE',
    'withscores',
    (c, k) => c.zrangebyscore(k('z'), 0, 9, { withscores: true }),
  ],
  ['ZRANGESTORE', '', (c, k) => c.zrangestore(k('z2'), k('z'), 0, -1)],
  ['ZRANK', '', (c, k) => c.zrank(k('z'), 'a')],
  ['ZRANK', '', (c, k) => c.zrank(k('z'), 'no')],
  [
    'ZRANK',
    'withscore',
    (c, k) => c.zrank(k('z'), 'a', { withscore: true }),
    'WAITAOF',
  ],
  ['ZREM', '', (c, k) => c.zrem(k('z2'), 'a')],
  ['ZREMRANGEBYLEX', '', (c, k) => c.zremrangebylex(k('z2'), '[x', '[y')],
  ['ZREMRANGEBYRANK', '', (c, k) => c.zremrangebyrank(k('z2'), 9, 9)],
  ['ZREMRANGEBYSCORE', '', (c, k) => c.zremrangebyscore(k('z2'), 90, 91)],
  ['ZREVRANGE', '', (c, k) => c.zrevrange(k('z'), 0, -1)],
  [
    'ZREVRANGE',
    'withscores',
    (c, k) => c.zrevrange(k('z'), 0, -1, { withscores: true }),
  ],
  ['ZREVRANGEBYLEX', '', (c, k) => c.zrevrangebylex(k('z'), '+', '-')],
  ['ZREVRANGEBYSCORE', '', (c, k) => c.zrevrangebyscore(k('z'), 9, 0)],
  [
    'ZREVRANGEBYSCORE',
    'withscores',
    (c, k) => c.zrevrangebyscore(k('z'), 9, 0, { withscores: true }),
  ],
  ['ZREVRANK', '', (c, k) => c.zrevrank(k('z'), 'a')],
  [
    'ZREVRANK',
    'withscore',
    (c, k) => c.zrevrank(k('z'), 'a', { withscore: true }),
    'WAITAOF',
  ],
  ['ZSCAN', '', (c, k) => c.zscan(k('z'), 0)],
  [
    'ZSCAN',
    'noscores',
    (c, k) => c.zscan(k('z'), 0, { noscores: true }),
    'SCRIPT SHOW',
  ],
  ['ZSCORE', '', (c, k) => c.zscore(k('z'), 'a')],
  ['ZUNION', '', (c, k) => c.zunion([k('z'), k('z2')])],
  ['ZUNION', 'withscores', (c, k) => c.zunion(k('z'), { withscores: true })],
  ['ZUNIONSTORE', '', (c, k) => c.zunionstore(k('z2'), k('z'))],
  ['ZMPOP', '', (c, k) => c.zmpop(k('z2'), 'min')],
  ['ZPOPMAX', '', (c, k) => c.zpopmax(k('z2'))],
  ['ZPOPMAX', 'count', (c, k) => c.zpopmax(k('z2'), 1)],
  ['ZPOPMIN', '', (c, k) => c.zpopmin(k('z2'))],
  ['ZPOPMIN', 'count', (c, k) => c.zpopmin(k('z2'), 1)],
  ['BZMPOP', '', (c, k) => c.bzmpop(1, k('z'), 'min')],
  ['BZPOPMAX', '', (c, k) => c.bzpopmax(k('z'), 1)],
  ['BZPOPMIN', '', (c, k) => c.bzpopmin(k('z'), 1)],

  ['SETBIT', '', (c, k) => c.setbit(k('bits'), 7, 1)],
  ['GETBIT', '', (c, k) => c.getbit(k('bits'), 7)],
  ['BITCOUNT', '', (c, k) => c.bitcount(k('bits'), { unit: 'bit' })],
  ['BITPOS', '', (c, k) => c.bitpos(k('bits'), 1, { start: 0 })],
  ['BITOP', '', (c, k) => c.bitop('not', k('bits2'), k('bits'))],
  [
    'BITFIELD',
    '',
    (c, k) =>
      c.bitfield(k('bits'), [
        { get: { encoding: 'u8', offset: 0 } },
        {
          overflow: 'fail',
          incrby: { encoding: 'u2', offset: 0, increment: 9 },
        },
      ]),
  ],
  [
    'BITFIELD_RO',
    '',
    (c, k) => c.bitfieldRo(k('bits'), { encoding: 'u8', offset: 0 }),
  ],

  [
    'GEOADD',
    '',
    (c, k) =>
      c.geoadd(k('g'), [
        { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' },
        { longitude: 15.087269, latitude: 37.502669, member: 'Catania' },
      ]),
  ],
  ['GEODIST', '', (c, k) => c.geodist(k('g'), 'Palermo', 'Catania', 'km')],
  ['GEODIST', '', (c, k) => c.geodist(k('g'), 'Palermo', 'no')],
  ['GEOHASH', '', (c, k) => c.geohash(k('g'), 'Palermo', 'no')],
  ['GEOPOS', '', (c, k) => c.geopos(k('g'), 'Palermo', 'no')],
  ['GEORADIUS', '', (c, k) => c.georadius(k('g'), 15, 37, 200, 'km')],
  [
    'GEORADIUS',
    'withdist',
    (c, k) => c.georadius(k('g'), 15, 37, 200, 'km', { withdist: true }),
  ],
  [
    'GEORADIUS',
    'store',
    (c, k) => c.georadius(k('g'), 15, 37, 200, 'km', { store: k('g2') }),
  ],
  ['GEORADIUS_RO', '', (c, k) => c.georadiusRo(k('g'), 15, 37, 200, 'km')],
  [
    'GEORADIUS_RO',
    'withhash',
    (c, k) => c.georadiusRo(k('g'), 15, 37, 200, 'km', { withhash: true }),
  ],
  [
    'GEORADIUSBYMEMBER',
    'withcoord',
    (c, k) =>
      c.georadiusbymember(k('g'), 'Palermo', 1, 'km', { withcoord: true }),
  ],
  [
    'GEORADIUSBYMEMBER_RO',
    'withcoord',
    (c, k) =>
      c.georadiusbymemberRo(k('g'), 'Palermo', 1, 'km', { withcoord: true }),
  ],
  [
    'GEOSEARCH',
    '',
    (c, k) => c.geosearch(k('g'), { frommember: 'Palermo', byradius }),
  ],
  [
    'GEOSEARCH',
    'withcoord',
    (c, k) =>
      c.geosearch(k('g'), {
        fromlonlat: { longitude: 15, latitude: 37 },
        byradius,
        withcoord: true,
        withdist: true,
        withhash: true,
        count: { count: 2, any: true },
      }),
  ],
  [
    'GEOSEARCHSTORE',
    '',
    (c, k) =>
      c.geosearchstore(k('g2'), k('g'), { frommember: 'Palermo', byradius }),
  ],

  ['PFADD', '', (c, k) => c.pfadd(k('hll'), 'a', 'b')],
  ['PFCOUNT', '', (c, k) => c.pfcount(k('hll'))],
  ['PFMERGE', '', (c, k) => c.pfmerge(k('hll2'), k('hll'))],
  ['PFSELFTEST', '', (c) => c.pfselftest()],

  [
    'VADD',
    '',
    (c, k) => c.vadd(k('v'), 'a', { values: [1, 0, 0], setattr: '{"x":1}' }),
  ],
  ['VADD', '', (c, k) => c.vadd(k('v'), 'b', { values: [0, 1, 0] })],
  ['VCARD', '', (c, k) => c.vcard(k('v'))],
  ['VDIM', '', (c, k) => c.vdim(k('v'))],
  ['VEMB', '', (c, k) => c.vemb(k('v'), 'a')],
  ['VEMB', '', (c, k) => c.vemb(k('v'), 'no')],
  ['VEMB', 'raw', (c, k) => c.vemb(k('v'), 'a', { raw: true })],
  ['VGETATTR', '', (c, k) => c.vgetattr(k('v'), 'a')],
  ['VINFO', '', (c, k) => c.vinfo(k('v'))],
  ['VINFO', '', (c, k) => c.vinfo(k('gone'))],
  ['VISMEMBER', '', (c, k) => c.vismember(k('v'), 'a')],
  ['VLINKS', '', (c, k) => c.vlinks(k('v'), 'a')],
  [
    'VLINKS',
    'withscores',
    (c, k) => c.vlinks(k('v'), 'a', { withscores: true }),
  ],
  [
    'VLINKS',
    'withscores',
    (c, k) => c.vlinks(k('v'), 'no', { withscores: true }),
  ],
  ['VRANDMEMBER', '', (c, k) => c.vrandmember(k('v'))],
  ['VRANDMEMBER', 'count', (c, k) => c.vrandmember(k('v'), 2)],
  ['VRANGE', '', (c, k) => c.vrange(k('v'), '-', '+')],
  ['VSETATTR', '', (c, k) => c.vsetattr(k('v'), 'a', '{}')],
  ['VSIM', '', (c, k) => c.vsim(k('v'), { ele: 'a' })],
  [
    'VSIM',
    'withscores',
    (c, k) => c.vsim(k('v'), { values: [1, 0, 0], withscores: true }),
  ],
  [
    'VSIM',
    'withattribs',
    (c, k) => c.vsim(k('v'), { ele: 'a', withattribs: true, withscores: true }),
  ],
  ['VREM', '', (c, k) => c.vrem(k('v'), 'b')],
];
