import type { TypedCall } from './typed-calls.js';

/** Bitmaps, places, HyperLogLogs, streams, vector sets. */
export const STRUCTURE_CALLS: readonly TypedCall[] = [
  // bitmaps
  [(c) => c.bitcount('k'), 'BITCOUNT k'],
  [(c) => c.bitcount('k', {}), 'BITCOUNT k 0 -1'],
  [(c) => c.bitcount('k', { start: 1, unit: 'bit' }), 'BITCOUNT k 1 -1 BIT'],
  [
    (c) =>
      c.bitfield('k', [
        { get: { encoding: 'u8', offset: 0 } },
        {
          overflow: 'fail',
          incrby: { encoding: 'i5', offset: '#1', increment: -1 },
        },
        { set: { encoding: 'u4', offset: 9, value: 3 } },
      ]),
    'BITFIELD k GET u8 0 OVERFLOW FAIL INCRBY i5 #1 -1 SET u4 9 3',
  ],
  [
    (c) =>
      c.bitfieldRo('k', [
        { encoding: 'u8', offset: 0 },
        { encoding: 'i8', offset: 8 },
      ]),
    'BITFIELD_RO k GET u8 0 GET i8 8',
  ],
  [(c) => c.bitop('and', '{t}d', '{t}a', '{t}b'), 'BITOP AND {t}d {t}a {t}b'],
  [(c) => c.bitop('not', '{t}d', ['{t}a']), 'BITOP NOT {t}d {t}a'],
  [(c) => c.bitpos('k', 1), 'BITPOS k 1'],
  [(c) => c.bitpos('k', 0, { start: 2 }), 'BITPOS k 0 2'],
  [
    (c) => c.bitpos('k', 0, { start: 2, end: -1, unit: 'bit' }),
    'BITPOS k 0 2 -1 BIT',
  ],
  [(c) => c.getbit('k', 7), 'GETBIT k 7'],
  [(c) => c.setbit('k', 7, 1), 'SETBIT k 7 1'],

  // places
  [
    (c) =>
      c.geoadd(
        'g',
        { longitude: 13.4, latitude: '52.5', member: 'B' },
        {
          nx: true,
          ch: true,
        },
      ),
    'GEOADD g NX CH 13.4 52.5 B',
  ],
  [
    (c) =>
      c.geoadd('g', [
        { longitude: 1, latitude: 2, member: 'a' },
        { longitude: 3, latitude: 4, member: 'b' },
      ]),
    'GEOADD g 1 2 a 3 4 b',
  ],
  [(c) => c.geodist('g', 'a', 'b'), 'GEODIST g a b'],
  [(c) => c.geodist('g', 'a', 'b', 'km'), 'GEODIST g a b KM'],
  [(c) => c.geohash('g', 'a', 'b'), 'GEOHASH g a b'],
  [(c) => c.geopos('g', ['a', 'b']), 'GEOPOS g a b'],
  [
    (c) => c.georadius('g', 1, 2, 3, 'km', { count: 5, asc: true }),
    'GEORADIUS g 1 2 3 KM COUNT 5 ASC',
  ],
  [
    (c) => c.georadius('{t}g', 1, 2, 3, 'km', { store: '{t}d' }),
    'GEORADIUS {t}g 1 2 3 KM STORE {t}d',
  ],
  [(c) => c.georadiusRo('g', 1, 2, 3, 'mi'), 'GEORADIUS_RO g 1 2 3 MI'],
  [
    (c) => c.georadiusbymember('g', 'a', 3, 'm', { withcoord: true }),
    'GEORADIUSBYMEMBER g a 3 M WITHCOORD',
  ],
  [
    (c) =>
      c.georadiusbymemberRo('g', 'a', 3, 'm', {
        count: { count: 2, any: true },
      }),
    'GEORADIUSBYMEMBER_RO g a 3 M COUNT 2 ANY',
  ],
  [
    (c) =>
      c.geosearch('g', {
        frommember: 'a',
        byradius: { radius: 5, unit: 'km' },
        withdist: true,
        desc: true,
        count: 3,
      }),
    'GEOSEARCH g FROMMEMBER a BYRADIUS 5 KM DESC COUNT 3 WITHDIST',
  ],
  [
    (c) =>
      c.geosearch('g', {
        fromlonlat: { longitude: 1, latitude: 2 },
        bybox: { width: 3, height: 4, unit: 'ft' },
      }),
    'GEOSEARCH g FROMLONLAT 1 2 BYBOX 3 4 FT',
  ],
  [
    (c) =>
      c.geosearch('g', {
        bypolygon: [
          { longitude: 0, latitude: 0 },
          { longitude: 1, latitude: 0 },
          { longitude: 0, latitude: 1 },
        ],
      }),
    'GEOSEARCH g BYPOLYGON 3 0 0 1 0 0 1',
  ],
  [
    (c) =>
      c.geosearchstore('{t}d', '{t}g', {
        frommember: 'a',
        byradius: { radius: 5, unit: 'km' },
        storedist: true,
      }),
    'GEOSEARCHSTORE {t}d {t}g FROMMEMBER a BYRADIUS 5 KM STOREDIST',
  ],

  // HyperLogLogs
  [(c) => c.pfadd('h', 'a', 'b'), 'PFADD h a b'],
  [(c) => c.pfcount('{t}a', '{t}b'), 'PFCOUNT {t}a {t}b'],
  [(c) => c.pfdebug('encoding', 'h'), 'PFDEBUG encoding h'],
  [(c) => c.pfmerge('{t}d', ['{t}a', '{t}b']), 'PFMERGE {t}d {t}a {t}b'],
  [(c) => c.pfmerge('d'), 'PFMERGE d'],
  [(c) => c.pfselftest(), 'PFSELFTEST'],

  // streams
  [(c) => c.xack('s', 'g', '1-1', '2-1'), 'XACK s g 1-1 2-1'],
  [
    (c) => c.xackdel('s', 'g', ['1-1', '2-1'], { acked: true }),
    'XACKDEL s g ACKED IDS 2 1-1 2-1',
  ],
  [(c) => c.xadd('s', { a: 1, b: 'x' }), 'XADD s * a 1 b x'],
  [
    (c) =>
      c.xadd(
        's',
        [
          ['a', 1],
          ['a', 2],
        ],
        {
          id: '5-1',
          nomkstream: true,
          delref: true,
          maxlen: { threshold: 100, approximate: true, limit: 10 },
        },
      ),
    'XADD s NOMKSTREAM DELREF MAXLEN ~ 100 LIMIT 10 5-1 a 1 a 2',
  ],
  [
    (c) => c.xadd('s', new Map([['a', 1]]), { maxlen: 100, idmpauto: 'p' }),
    'XADD s IDMPAUTO p MAXLEN 100 * a 1',
  ],
  [
    (c) => c.xadd('s', { a: 1 }, { minid: '7-0', idmp: { pid: 'p', iid: 3 } }),
    'XADD s IDMP p 3 MINID 7-0 * a 1',
  ],
  [
    (c) => c.xautoclaim('s', 'g', 'c', 1000, '0', { count: 5, justid: true }),
    'XAUTOCLAIM s g c 1000 0 COUNT 5 JUSTID',
  ],
  [(c) => c.xcfgset('s', { idmpDuration: 9 }), 'XCFGSET s IDMP-DURATION 9'],
  [
    (c) => c.xclaim('s', 'g', 'c', 0, ['1-1'], { force: true, justid: true }),
    'XCLAIM s g c 0 1-1 FORCE JUSTID',
  ],
  [(c) => c.xdel('s', '1-1', '2-1'), 'XDEL s 1-1 2-1'],
  [
    (c) => c.xdelex('s', '1-1', { keepref: true }),
    'XDELEX s KEEPREF IDS 1 1-1',
  ],
  [
    (c) => c.xgroupCreate('s', 'g', '$', { mkstream: true, entriesread: 0 }),
    'XGROUP CREATE s g $ MKSTREAM ENTRIESREAD 0',
  ],
  [(c) => c.xgroupCreateconsumer('s', 'g', 'c'), 'XGROUP CREATECONSUMER s g c'],
  [(c) => c.xgroupDelconsumer('s', 'g', 'c'), 'XGROUP DELCONSUMER s g c'],
  [(c) => c.xgroupDestroy('s', 'g'), 'XGROUP DESTROY s g'],
  [(c) => c.xgroupHelp(), 'XGROUP HELP'],
  [(c) => c.xgroupSetid('s', 'g', '0'), 'XGROUP SETID s g 0'],
  [(c) => c.xidmprecord('s', 'p', 'i', '1-1'), 'XIDMPRECORD s p i 1-1'],
  [(c) => c.xinfoConsumers('s', 'g'), 'XINFO CONSUMERS s g'],
  [(c) => c.xinfoGroups('s'), 'XINFO GROUPS s'],
  [(c) => c.xinfoHelp(), 'XINFO HELP'],
  [(c) => c.xinfoStream('s'), 'XINFO STREAM s'],
  [(c) => c.xinfoStream('s', { full: true }), 'XINFO STREAM s FULL'],
  [
    (c) => c.xinfoStream('s', { full: { count: 3 } }),
    'XINFO STREAM s FULL COUNT 3',
  ],
  [(c) => c.xlen('s'), 'XLEN s'],
  [(c) => c.xpending('s', 'g'), 'XPENDING s g'],
  [(c) => c.xpending('s', 'g', { count: 10 }), 'XPENDING s g - + 10'],
  [
    (c) =>
      c.xpending('s', 'g', { idle: 5, start: '1', count: 2, consumer: 'c' }),
    'XPENDING s g IDLE 5 1 + 2 c',
  ],
  [(c) => c.xrange('s', '-', '+', { count: 2 }), 'XRANGE s - + COUNT 2'],
  [(c) => c.xrevrange('s', '+', '-'), 'XREVRANGE s + -'],
  [(c) => c.xread({ s: '0' }), 'XREAD STREAMS s 0'],
  [
    (c) =>
      c.xread(
        [
          ['{t}a', '1-1'],
          ['{t}b', '$'],
        ],
        { count: 5, block: 100 },
      ),
    'XREAD COUNT 5 BLOCK 100 STREAMS {t}a {t}b 1-1 $',
  ],
  [
    (c) => c.xreadgroup('g', 'c', { s: '>' }, { noack: true, claim: 60 }),
    'XREADGROUP GROUP g c CLAIM 60 NOACK STREAMS s >',
  ],
  [
    (c) => c.xsetid('s', '9-1', { entriesadded: 4, maxdeletedid: '3-1' }),
    'XSETID s 9-1 ENTRIESADDED 4 MAXDELETEDID 3-1',
  ],
  [(c) => c.xtrim('s', { maxlen: 10 }), 'XTRIM s MAXLEN 10'],
  [
    (c) =>
      c.xtrim('s', {
        minid: { threshold: '5-1', approximate: true },
        acked: true,
      }),
    'XTRIM s MINID ~ 5-1 ACKED',
  ],

  // vector sets
  [
    (c) =>
      c.vadd('v', 'e', { values: [1, 0.5], q8: true, setattr: '{}', m: 4 }),
    'VADD v VALUES 2 1 0.5 e Q8 SETATTR {} M 4',
  ],
  [
    (c) => c.vadd('v', 'e', { reduce: 3, fp32: Buffer.from('abcd') }),
    'VADD v REDUCE 3 FP32 abcd e',
  ],
  [(c) => c.vcard('v'), 'VCARD v'],
  [(c) => c.vdim('v'), 'VDIM v'],
  [(c) => c.vemb('v', 'e'), 'VEMB v e'],
  [(c) => c.vemb('v', 'e', { raw: true }), 'VEMB v e RAW'],
  [(c) => c.vgetattr('v', 'e'), 'VGETATTR v e'],
  [(c) => c.vinfo('v'), 'VINFO v'],
  [(c) => c.vismember('v', 'e'), 'VISMEMBER v e'],
  [(c) => c.vlinks('v', 'e', { withscores: true }), 'VLINKS v e WITHSCORES'],
  [(c) => c.vrandmember('v'), 'VRANDMEMBER v'],
  [(c) => c.vrandmember('v', 2), 'VRANDMEMBER v 2'],
  [(c) => c.vrange('v', '-', '[z', 5), 'VRANGE v - [z 5'],
  [(c) => c.vrem('v', 'e'), 'VREM v e'],
  [(c) => c.vsetattr('v', 'e', '{}'), 'VSETATTR v e {}'],
  [(c) => c.vsim('v', { ele: 'e' }), 'VSIM v ELE e'],
  [
    (c) =>
      c.vsim('v', {
        values: [1, 2],
        withscores: true,
        count: 3,
        filterEf: 9,
        truth: true,
      }),
    'VSIM v VALUES 2 1 2 WITHSCORES COUNT 3 FILTER-EF 9 TRUTH',
  ],
];
