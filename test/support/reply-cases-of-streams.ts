import type { ReplyCase } from './reply-cases.js';

/** Streams and their consumer groups. */
export const STREAM_CASES: readonly ReplyCase[] = [
  ['XADD', '', (c, k) => c.xadd(k('x'), { a: 1 }, { id: '1-1' })],
  [
    'XADD',
    'nomkstream',
    (c, k) => c.xadd(k('gone'), { a: 1 }, { nomkstream: true }),
  ],
  [
    'XADD',
    '',
    (c, k) =>
      c.xadd(
        k('x'),
        [
          ['a', 1],
          ['a', 2],
        ],
        { maxlen: { threshold: 100, approximate: true } },
      ),
  ],
  ['XADD', '', (c, k) => c.xadd(k('x'), { b: 3 })],
  ['XLEN', '', (c, k) => c.xlen(k('x'))],
  ['XGROUP CREATE', '', (c, k) => c.xgroupCreate(k('x'), 'g', 0)],
  [
    'XGROUP CREATECONSUMER',
    '',
    (c, k) => c.xgroupCreateconsumer(k('x'), 'g', 'c'),
  ],
  ['XGROUP HELP', '', (c) => c.xgroupHelp()],
  [
    'XREADGROUP',
    '',
    (c, k) => c.xreadgroup('g', 'c', { [k('x')]: '>' }, { count: 2 }),
  ],
  ['XREADGROUP', '', (c, k) => c.xreadgroup('g', 'c', { [k('x')]: '0' })],
  [
    'XREADGROUP',
    '',
    (c, k) => c.xreadgroup('g', 'd', { [k('x')]: '>' }, { claim: 0, count: 1 }),
    'XIDMPRECORD',
  ],
  ['XREAD', '', (c, k) => c.xread({ [k('x')]: '0' })],
  ['XREAD', '', (c, k) => c.xread({ [k('x')]: '$' }, { block: 1 })],
  ['XRANGE', '', (c, k) => c.xrange(k('x'), '-', '+')],
  ['XREVRANGE', '', (c, k) => c.xrevrange(k('x'), '+', '-', { count: 1 })],
  ['XPENDING', '', (c, k) => c.xpending(k('x'), 'g')],
  ['XPENDING', 'range', (c, k) => c.xpending(k('x'), 'g', { count: 9 })],
  ['XINFO CONSUMERS', '', (c, k) => c.xinfoConsumers(k('x'), 'g')],
  ['XINFO GROUPS', '', (c, k) => c.xinfoGroups(k('x'))],
  ['XINFO HELP', '', (c) => c.xinfoHelp()],
  ['XINFO STREAM', '', (c, k) => c.xinfoStream(k('x'))],
  ['XINFO STREAM', 'full', (c, k) => c.xinfoStream(k('x'), { full: true })],
  ['XAUTOCLAIM', '', (c, k) => c.xautoclaim(k('x'), 'g', 'd', 0, 0)],
  [
    'XAUTOCLAIM',
    'justid',
    (c, k) => c.xautoclaim(k('x'), 'g', 'c', 0, 0, { justid: true }),
  ],
  ['XCLAIM', '', (c, k) => c.xclaim(k('x'), 'g', 'd', 0, '1-1')],
  [
    'XCLAIM',
    'justid',
    (c, k) => c.xclaim(k('x'), 'g', 'c', 0, '1-1', { justid: true }),
  ],
  // an entry that is pending and deleted has no fields
  ['XDEL', '', (c, k) => c.xdel(k('x'), '1-1')],
  ['XREADGROUP', '', (c, k) => c.xreadgroup('g', 'c', { [k('x')]: '0' })],
  ['XINFO STREAM', '', (c, k) => c.xinfoStream(k('x'))],
  ['XACK', '', (c, k) => c.xack(k('x'), 'g', '1-1')],
  ['XACKDEL', '', (c, k) => c.xackdel(k('x'), 'g', ['1-1', '9-9'])],
  ['XDELEX', '', (c, k) => c.xdelex(k('x'), '9-9')],
  ['XGROUP SETID', '', (c, k) => c.xgroupSetid(k('x'), 'g', '$')],
  ['XGROUP DELCONSUMER', '', (c, k) => c.xgroupDelconsumer(k('x'), 'g', 'd')],
  ['XGROUP DESTROY', '', (c, k) => c.xgroupDestroy(k('x'), 'g')],
  ['XCFGSET', '', (c, k) => c.xcfgset(k('x'), { idmpDuration: 100 })],
  ['XTRIM', '', (c, k) => c.xtrim(k('x'), { maxlen: 1 })],
  ['XSETID', '', (c, k) => c.xsetid(k('x'), '9999999999999-1')],
  ['XINFO STREAM', '', (c, k) => c.xinfoStream(k('x'))],
];
