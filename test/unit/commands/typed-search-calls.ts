import type { TypedCall } from './typed-calls.js';

/** The calls of {@link TypedCall}s for the commands of the search module. */
export const SEARCH_CALLS: readonly TypedCall[] = [
  [(c) => c.ftAggregate('i', '*'), 'FT.AGGREGATE i *'],
  [
    (c) =>
      c.ftAggregate(
        'i',
        '*',
        [
          {
            groupby: {
              properties: '@city',
              reduce: [
                { function: 'COUNT', as: 'n' },
                { function: 'AVG', args: '@price' },
              ],
            },
          },
          { sortby: { properties: ['@n', 'DESC'], max: 5 } },
          { apply: { expression: '@n*2', as: 'm' } },
          { filter: '@m>2' },
          { limit: { offset: 0, count: 3 } },
          { groupby: { reduce: { function: 'COUNT' } } },
        ],
        {
          verbatim: true,
          load: ['@city', '@price'],
          withcursor: { count: 10 },
          params: { a: 1, b: 2 },
          dialect: 2,
        },
      ),
    'FT.AGGREGATE i * VERBATIM LOAD 2 @city @price GROUPBY 1 @city REDUCE COUNT 0 AS n REDUCE AVG 1 @price SORTBY 2 @n DESC MAX 5 APPLY @n*2 AS m FILTER @m>2 LIMIT 0 3 GROUPBY 0 REDUCE COUNT 0 WITHCURSOR COUNT 10 PARAMS 4 a 1 b 2 DIALECT 2',
  ],
  [
    (c) => c.ftAggregate('i', '*', [], { loadAll: true, withcursor: true }),
    'FT.AGGREGATE i * LOAD * WITHCURSOR',
  ],
  [(c) => c.ftAliasadd('a', 'i'), 'FT.ALIASADD a i'],
  [(c) => c.ftAliasdel('a'), 'FT.ALIASDEL a'],
  [(c) => c.ftAliaslist('i'), 'FT.ALIASLIST i'],
  [(c) => c.ftAliasupdate('a', 'i'), 'FT.ALIASUPDATE a i'],
  [
    (c) => c.ftAlter('i', { name: 'f', tag: true }, { skipinitialscan: true }),
    'FT.ALTER i SKIPINITIALSCAN SCHEMA ADD f TAG',
  ],
  [(c) => c.ftConfigGet('*'), 'FT.CONFIG GET *'],
  [(c) => c.ftConfigHelp('TIMEOUT'), 'FT.CONFIG HELP TIMEOUT'],
  [(c) => c.ftConfigSet('TIMEOUT', 5), 'FT.CONFIG SET TIMEOUT 5'],
  [
    (c) =>
      c.ftCreate(
        'i',
        [
          {
            name: '$.title',
            as: 'title',
            text: { weight: 2, nostem: true },
            sortable: { unf: true },
          },
          { name: 'n', numeric: true, sortable: true, noindex: true },
          { name: 't', tag: { separator: ';' }, indexempty: true },
          { name: 'p', geo: true, indexmissing: true },
          { name: 's', geoshape: { flat: true } },
          {
            name: 'v',
            vector: {
              algorithm: 'hnsw',
              attributes: { TYPE: 'FLOAT32', DIM: 2 },
            },
          },
        ],
        {
          on: 'json',
          prefix: ['a:', 'b:'],
          languageField: 'l',
          stopwords: ['x'],
        },
      ),
    'FT.CREATE i ON JSON PREFIX 2 a: b: LANGUAGE_FIELD l STOPWORDS 1 x SCHEMA $.title AS title TEXT WEIGHT 2 NOSTEM SORTABLE UNF n NUMERIC SORTABLE NOINDEX t TAG SEPARATOR ; INDEXEMPTY p GEO INDEXMISSING s GEOSHAPE FLAT v VECTOR HNSW 4 TYPE FLOAT32 DIM 2',
  ],
  [
    (c) => c.ftCreate('i', { name: 'f', text: true }),
    'FT.CREATE i SCHEMA f TEXT',
  ],
  [(c) => c.ftCursorDel('i', 7), 'FT.CURSOR DEL i 7'],
  [(c) => c.ftCursorRead('i', '7', { count: 5 }), 'FT.CURSOR READ i 7 COUNT 5'],
  [(c) => c.ftDictadd('d', 'a', 'b'), 'FT.DICTADD d a b'],
  [(c) => c.ftDictdel('d', ['a']), 'FT.DICTDEL d a'],
  [(c) => c.ftDictdump('d'), 'FT.DICTDUMP d'],
  [(c) => c.ftDropindex('i', { dd: true }), 'FT.DROPINDEX i DD'],
  [(c) => c.ftExplain('i', 'q', { dialect: 2 }), 'FT.EXPLAIN i q DIALECT 2'],
  [(c) => c.ftExplaincli('i', 'q'), 'FT.EXPLAINCLI i q'],
  [
    (c) =>
      c.ftHybrid('i', 'shoes', '@v', '$vec', [
        'PARAMS',
        2,
        'vec',
        Buffer.from('abcd'),
      ]),
    'FT.HYBRID i SEARCH shoes VSIM @v $vec PARAMS 2 vec abcd',
  ],
  [(c) => c.ftInfo('i'), 'FT.INFO i'],
  [(c) => c.ftList(), 'FT._LIST'],
  [
    (c) =>
      c.ftProfile('i', 'search', 'hello', ['NOCONTENT'], { limited: true }),
    'FT.PROFILE i SEARCH LIMITED QUERY hello NOCONTENT',
  ],
  [(c) => c.ftSearch('i', '*'), 'FT.SEARCH i *'],
  [
    (c) =>
      c.ftSearch('i', 'hello', {
        nocontent: true,
        withscores: true,
        filter: [
          { field: 'n', min: '(1', max: Infinity },
          { field: 'm', min: 0, max: 1 },
        ],
        geofilter: {
          field: 'p',
          longitude: 1,
          latitude: 2,
          radius: 3,
          unit: 'km',
        },
        inkeys: ['a', 'b'],
        return: ['x', 'AS', 'y'],
        summarize: { fields: 'x', len: 5 },
        highlight: { tags: { open: '<i>', close: '</i>' } },
        sortby: { field: 'n', desc: true },
        limit: { offset: 0, count: 5 },
        params: { v: Buffer.from('z') },
        dialect: 2,
      }),
    'FT.SEARCH i hello NOCONTENT WITHSCORES FILTER n (1 +inf FILTER m 0 1 GEOFILTER p 1 2 3 KM INKEYS 2 a b RETURN 3 x AS y SUMMARIZE FIELDS 1 x LEN 5 HIGHLIGHT TAGS <i> </i> SORTBY n DESC LIMIT 0 5 PARAMS 2 v z DIALECT 2',
  ],
  [(c) => c.ftSearch('i', '*', { sortby: 'n' }), 'FT.SEARCH i * SORTBY n'],
  [
    (c) =>
      c.ftSpellcheck('i', 'q', {
        distance: 2,
        terms: [
          { inclusion: 'include', dictionary: 'd' },
          { inclusion: 'exclude', dictionary: 'e', terms: ['x', 'y'] },
        ],
      }),
    'FT.SPELLCHECK i q DISTANCE 2 TERMS INCLUDE d TERMS EXCLUDE e x y',
  ],
  [(c) => c.ftSugadd('k', 's', 1), 'FT.SUGADD k s 1'],
  [
    (c) => c.ftSugadd('k', 's', 1, { incr: true, payload: 'p' }),
    'FT.SUGADD k s 1 INCR PAYLOAD p',
  ],
  [(c) => c.ftSugdel('k', 's'), 'FT.SUGDEL k s'],
  [
    (c) => c.ftSugget('k', 'p', { fuzzy: true, withscores: true, max: 3 }),
    'FT.SUGGET k p FUZZY WITHSCORES MAX 3',
  ],
  [(c) => c.ftSuglen('k'), 'FT.SUGLEN k'],
  [(c) => c.ftSyndump('i'), 'FT.SYNDUMP i'],
  [
    (c) => c.ftSynupdate('i', 'g', ['a', 'b'], { skipinitialscan: true }),
    'FT.SYNUPDATE i g SKIPINITIALSCAN a b',
  ],
  [(c) => c.ftTagvals('i', 'f'), 'FT.TAGVALS i f'],
];
