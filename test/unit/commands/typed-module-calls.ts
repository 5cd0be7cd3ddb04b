import type { TypedCall } from './typed-calls.js';
import { SEARCH_CALLS } from './typed-search-calls.js';

/** The calls of {@link TypedCall}s for the commands of modules. */
export const MODULE_CALLS: readonly TypedCall[] = [
  // JSON documents
  [(c) => c.jsonArrappend('k', '$.a', '1'), 'JSON.ARRAPPEND k $.a 1'],
  [
    (c) => c.jsonArrappend('k', '$.a', { b: 1 }, [1, 2], null, true, 5),
    'JSON.ARRAPPEND k $.a {"b":1} [1,2] null true 5',
  ],
  [(c) => c.jsonArrappend('k', '$.a', [[1, 2]]), 'JSON.ARRAPPEND k $.a [1,2]'],
  [(c) => c.jsonArrindex('k', '$.a', '"x"'), 'JSON.ARRINDEX k $.a "x" 0 0'],
  [
    (c) => c.jsonArrindex('k', '$.a', false, 1, 3),
    'JSON.ARRINDEX k $.a false 1 3',
  ],
  [(c) => c.jsonArrinsert('k', '$', 0, 1, 2), 'JSON.ARRINSERT k $ 0 1 2'],
  [(c) => c.jsonArrlen('k'), 'JSON.ARRLEN k $'],
  [(c) => c.jsonArrlen('k', '.a'), 'JSON.ARRLEN k .a'],
  [(c) => c.jsonArrpop('k'), 'JSON.ARRPOP k $ -1'],
  [(c) => c.jsonArrpop('k', '$.a', 0), 'JSON.ARRPOP k $.a 0'],
  [(c) => c.jsonArrtrim('k', '$', 0, 9), 'JSON.ARRTRIM k $ 0 9'],
  [(c) => c.jsonClear('k'), 'JSON.CLEAR k $'],
  [(c) => c.jsonDebug('k'), 'JSON.DEBUG MEMORY k $'],
  [(c) => c.jsonDel('k', '$..a'), 'JSON.DEL k $..a'],
  [(c) => c.jsonForget('k'), 'JSON.FORGET k $'],
  [(c) => c.jsonGet('k'), 'JSON.GET k .'],
  [(c) => c.jsonGet('k', '$.a'), 'JSON.GET k $.a'],
  [
    (c) => c.jsonGet('k', ['$.a', '$.b'], { indent: '\t', space: ' ' }),
    ['JSON.GET', 'k', 'INDENT', '\t', 'SPACE', ' ', '$.a', '$.b'],
  ],
  [
    (c) => c.jsonGet('k', undefined, { newline: '\n' }),
    ['JSON.GET', 'k', 'NEWLINE', '\n', '.'],
  ],
  [(c) => c.jsonMerge('k', '$', { a: null }), 'JSON.MERGE k $ {"a":null}'],
  [(c) => c.jsonMget(['a', 'b', 'a'], '$.x'), 'JSON.MGET a b a $.x'],
  [(c) => c.jsonMget('a', '$'), 'JSON.MGET a $'],
  [
    (c) =>
      c.jsonMset([
        { key: 'a', path: '$', value: '{}' },
        { key: 'b', path: '$.c', value: [1] },
      ]),
    'JSON.MSET a $ {} b $.c [1]',
  ],
  [(c) => c.jsonMset({ key: 'a', path: '$', value: 1n }), 'JSON.MSET a $ 1'],
  [(c) => c.jsonNumincrby('k', '$.n', 1.5), 'JSON.NUMINCRBY k $.n 1.5'],
  [(c) => c.jsonNummultby('k', '$.n', 2), 'JSON.NUMMULTBY k $.n 2'],
  [(c) => c.jsonNumpowby('k', '$.n', '0.5'), 'JSON.NUMPOWBY k $.n 0.5'],
  [(c) => c.jsonObjkeys('k'), 'JSON.OBJKEYS k $'],
  [(c) => c.jsonObjlen('k', '$.o'), 'JSON.OBJLEN k $.o'],
  [(c) => c.jsonResp('k'), 'JSON.RESP k $'],
  [(c) => c.jsonSet('k', '$', { a: [1] }), 'JSON.SET k $ {"a":[1]}'],
  [(c) => c.jsonSet('k', '$', '{"a": 1}'), ['JSON.SET', 'k', '$', '{"a": 1}']],
  [
    (c) => c.jsonSet('k', '$', Buffer.from('{}'), { nx: true }),
    'JSON.SET k $ {} NX',
  ],
  [(c) => c.jsonStrappend('k', '$.s', '"x"'), 'JSON.STRAPPEND k $.s "x"'],
  [(c) => c.jsonStrlen('k', '$.s'), 'JSON.STRLEN k $.s'],
  [(c) => c.jsonToggle('k', '$.b'), 'JSON.TOGGLE k $.b'],
  [(c) => c.jsonType('k'), 'JSON.TYPE k $'],

  // Bloom and cuckoo filters
  [(c) => c.bfAdd('k', 'i'), 'BF.ADD k i'],
  [(c) => c.bfCard('k'), 'BF.CARD k'],
  [(c) => c.bfExists('k', 'i'), 'BF.EXISTS k i'],
  [(c) => c.bfInfo('k'), 'BF.INFO k'],
  [(c) => c.bfInfo('k', { capacity: true }), 'BF.INFO k CAPACITY'],
  [
    (c) =>
      c.bfInsert('k', ['i', 7], { capacity: 10, error: 0.1, nocreate: true }),
    'BF.INSERT k CAPACITY 10 ERROR 0.1 NOCREATE ITEMS i 7',
  ],
  [(c) => c.bfLoadchunk('k', 1, Buffer.from('x')), 'BF.LOADCHUNK k 1 x'],
  [(c) => c.bfMadd('k', 'i', 'j'), 'BF.MADD k i j'],
  [(c) => c.bfMexists('k', ['i', 'j']), 'BF.MEXISTS k i j'],
  [(c) => c.bfReserve('k', 0.01, 100), 'BF.RESERVE k 0.01 100'],
  [
    (c) => c.bfReserve('k', 0.01, 100, { expansion: 2 }),
    'BF.RESERVE k 0.01 100 EXPANSION 2',
  ],
  [(c) => c.bfScandump('k', 0), 'BF.SCANDUMP k 0'],
  [(c) => c.cfAdd('k', 'i'), 'CF.ADD k i'],
  [(c) => c.cfAddnx('k', 'i'), 'CF.ADDNX k i'],
  [(c) => c.cfCount('k', 'i'), 'CF.COUNT k i'],
  [(c) => c.cfDel('k', 'i'), 'CF.DEL k i'],
  [(c) => c.cfExists('k', 'i'), 'CF.EXISTS k i'],
  [(c) => c.cfInfo('k'), 'CF.INFO k'],
  [
    (c) => c.cfInsert('k', 'i', { capacity: 5 }),
    'CF.INSERT k CAPACITY 5 ITEMS i',
  ],
  [
    (c) => c.cfInsertnx('k', ['i'], { nocreate: true }),
    'CF.INSERTNX k NOCREATE ITEMS i',
  ],
  [(c) => c.cfLoadchunk('k', 1, 'x'), 'CF.LOADCHUNK k 1 x'],
  [(c) => c.cfMexists('k', 'i', 'j'), 'CF.MEXISTS k i j'],
  [
    (c) =>
      c.cfReserve('k', 100, { bucketsize: 4, maxiterations: 9, expansion: 0 }),
    'CF.RESERVE k 100 BUCKETSIZE 4 MAXITERATIONS 9 EXPANSION 0',
  ],
  [(c) => c.cfScandump('k', 0), 'CF.SCANDUMP k 0'],

  // count-min sketches, top-k lists, t-digests
  [(c) => c.cmsIncrby('k', { i: 1, j: 2 }), 'CMS.INCRBY k i 1 j 2'],
  [(c) => c.cmsIncrby('k', 'i', 3), 'CMS.INCRBY k i 3'],
  [(c) => c.cmsInfo('k'), 'CMS.INFO k'],
  [(c) => c.cmsInitbydim('k', 100, 5), 'CMS.INITBYDIM k 100 5'],
  [(c) => c.cmsInitbyprob('k', 0.001, 0.01), 'CMS.INITBYPROB k 0.001 0.01'],
  [
    (c) => c.cmsMerge('{t}d', ['{t}a', '{t}b'], { weights: [1, 2] }),
    'CMS.MERGE {t}d 2 {t}a {t}b WEIGHTS 1 2',
  ],
  [(c) => c.cmsQuery('k', 'i', 'j'), 'CMS.QUERY k i j'],
  [(c) => c.topkAdd('k', 'i', 'j'), 'TOPK.ADD k i j'],
  [(c) => c.topkCount('k', 'i'), 'TOPK.COUNT k i'],
  [(c) => c.topkIncrby('k', new Map([['i', 4]])), 'TOPK.INCRBY k i 4'],
  [(c) => c.topkInfo('k'), 'TOPK.INFO k'],
  [(c) => c.topkList('k'), 'TOPK.LIST k'],
  [(c) => c.topkList('k', { withcount: true }), 'TOPK.LIST k WITHCOUNT'],
  [(c) => c.topkQuery('k', ['i']), 'TOPK.QUERY k i'],
  [(c) => c.topkReserve('k', 10), 'TOPK.RESERVE k 10'],
  [
    (c) => c.topkReserve('k', 10, { width: 8, depth: 7, decay: 0.9 }),
    'TOPK.RESERVE k 10 8 7 0.9',
  ],
  [(c) => c.tdigestAdd('k', 1, 2.5), 'TDIGEST.ADD k 1 2.5'],
  [(c) => c.tdigestByrank('k', 0, 1), 'TDIGEST.BYRANK k 0 1'],
  [(c) => c.tdigestByrevrank('k', [0]), 'TDIGEST.BYREVRANK k 0'],
  [(c) => c.tdigestCdf('k', 5), 'TDIGEST.CDF k 5'],
  [(c) => c.tdigestCreate('k'), 'TDIGEST.CREATE k'],
  [
    (c) => c.tdigestCreate('k', { compression: 500 }),
    'TDIGEST.CREATE k COMPRESSION 500',
  ],
  [(c) => c.tdigestInfo('k'), 'TDIGEST.INFO k'],
  [(c) => c.tdigestMax('k'), 'TDIGEST.MAX k'],
  [
    (c) => c.tdigestMerge('{t}d', '{t}a', { compression: 100, override: true }),
    'TDIGEST.MERGE {t}d 1 {t}a COMPRESSION 100 OVERRIDE',
  ],
  [(c) => c.tdigestMin('k'), 'TDIGEST.MIN k'],
  [(c) => c.tdigestQuantile('k', 0.5, 0.99), 'TDIGEST.QUANTILE k 0.5 0.99'],
  [(c) => c.tdigestRank('k', 5), 'TDIGEST.RANK k 5'],
  [(c) => c.tdigestReset('k'), 'TDIGEST.RESET k'],
  [(c) => c.tdigestRevrank('k', 5, 6), 'TDIGEST.REVRANK k 5 6'],
  [
    (c) => c.tdigestTrimmedMean('k', 0.1, 0.9),
    'TDIGEST.TRIMMED_MEAN k 0.1 0.9',
  ],

  // time series
  [(c) => c.tsAdd('k', '*', 1.5), 'TS.ADD k * 1.5'],
  [
    (c) =>
      c.tsAdd('k', 1000, 2, {
        retention: 60,
        encoding: 'uncompressed',
        chunkSize: 128,
        duplicatePolicy: 'last',
        onDuplicate: 'sum',
        ignore: { maxTimeDiff: 5, maxValDiff: 0.5 },
        labels: { area: 'north', floor: 2 },
      }),
    'TS.ADD k 1000 2 RETENTION 60 ENCODING UNCOMPRESSED CHUNK_SIZE 128 DUPLICATE_POLICY LAST ON_DUPLICATE SUM IGNORE 5 0.5 LABELS area north floor 2',
  ],
  [
    (c) => c.tsAlter('k', { labels: new Map([['a', 'b']]) }),
    'TS.ALTER k LABELS a b',
  ],
  [(c) => c.tsCreate('k', { retention: 0 }), 'TS.CREATE k RETENTION 0'],
  [
    (c) => c.tsCreaterule('{t}a', '{t}b', 'std.p', 60000),
    'TS.CREATERULE {t}a {t}b AGGREGATION STD.P 60000',
  ],
  [
    (c) => c.tsCreaterule('{t}a', '{t}b', 'avg', 60000, 10),
    'TS.CREATERULE {t}a {t}b AGGREGATION AVG 60000 10',
  ],
  [(c) => c.tsDecrby('k', 1), 'TS.DECRBY k 1'],
  [(c) => c.tsDel('k', '-', 1000), 'TS.DEL k - 1000'],
  [(c) => c.tsDeleterule('{t}a', '{t}b'), 'TS.DELETERULE {t}a {t}b'],
  [(c) => c.tsGet('k', { latest: true }), 'TS.GET k LATEST'],
  [
    (c) => c.tsIncrby('k', 1, { timestamp: 1000, labels: [['a', 'b']] }),
    'TS.INCRBY k 1 TIMESTAMP 1000 LABELS a b',
  ],
  [(c) => c.tsInfo('k', { debug: true }), 'TS.INFO k DEBUG'],
  [
    (c) =>
      c.tsMadd([
        { key: '{t}a', timestamp: 1, value: 2 },
        { key: '{t}b', timestamp: '*', value: 3 },
      ]),
    'TS.MADD {t}a 1 2 {t}b * 3',
  ],
  [
    (c) => c.tsMget('area=north', { withlabels: true }),
    'TS.MGET WITHLABELS FILTER area=north',
  ],
  [
    (c) => c.tsMget(['a=1', 'b!=2'], { selectedLabels: ['a', 'b'] }),
    'TS.MGET SELECTED_LABELS a b FILTER a=1 b!=2',
  ],
  [
    (c) =>
      c.tsMrange('-', '+', ['a=1'], {
        latest: true,
        filterByTs: [1, 2],
        filterByValue: { min: 0, max: 5 },
        withlabels: true,
        count: 3,
        align: 'start',
        aggregation: {
          aggregator: 'max',
          bucketDuration: 10,
          buckettimestamp: 'mid',
          empty: true,
        },
        groupby: { label: 'area', reducer: 'sum' },
      }),
    'TS.MRANGE - + LATEST FILTER_BY_TS 1 2 FILTER_BY_VALUE 0 5 WITHLABELS COUNT 3 ALIGN start AGGREGATION MAX 10 BUCKETTIMESTAMP MID EMPTY FILTER a=1 GROUPBY area REDUCE SUM',
  ],
  [(c) => c.tsMrevrange(1, 2, 'a=1'), 'TS.MREVRANGE 1 2 FILTER a=1'],
  [
    (c) =>
      c.tsNrange(['{t}a', '{t}b'], '-', '+', {
        aggregation: { aggregators: ['avg', 'min,max'], bucketDuration: 10 },
      }),
    'TS.NRANGE 2 {t}a {t}b - + AGGREGATION avg min,max 10',
  ],
  [
    (c) => c.tsNrevrange('{t}a', '-', '+', { count: 1 }),
    'TS.NREVRANGE 1 {t}a - + COUNT 1',
  ],
  [(c) => c.tsQueryindex('a=1', 'b='), 'TS.QUERYINDEX a=1 b='],
  [(c) => c.tsQuerylabels({ labels: true }), 'TS.QUERYLABELS LABELS'],
  [
    (c) => c.tsQuerylabels({ values: 'area', filter: 'a=1' }),
    'TS.QUERYLABELS VALUES area FILTER a=1',
  ],
  [(c) => c.tsRange('k'), 'TS.RANGE k - +'],
  [
    (c) => c.tsRange('k', 1, 2, { count: 5, align: 0 }),
    'TS.RANGE k 1 2 COUNT 5 ALIGN 0',
  ],
  [(c) => c.tsRead('k', 0), 'TS.READ k 0'],
  [
    (c) =>
      c.tsRead('k', 5, { block: { timeout: 100, minCount: 2 }, maxCount: 9 }),
    'TS.READ k 5 BLOCK 100 2 MAX_COUNT 9',
  ],
  [(c) => c.tsRevrange('k', '-', 9), 'TS.REVRANGE k - 9'],

  ...SEARCH_CALLS,
];
