// Commands of modules that none of the servers at hand offers, by hand, from
// their documentation (https://redis.io/docs/latest/commands/): enough to route
// and split them through `call()`. What a server says of itself wins.
//
//   NAME arity r|w|- keys [request/response]
//
// keys: `-` none, `1` the first argument, `1..` all arguments, `1..-2` all but
// the last, `1..3` every third, `1+2#` the first and a counted list at 2, `1,2`
// the first two.

const FAMILIES = {
  json: [
    '1.0.0',
    `JSON.ARRAPPEND -3 w 1
     JSON.ARRINDEX -4 r 1
     JSON.ARRINSERT -5 w 1
     JSON.ARRLEN -2 r 1
     JSON.ARRPOP -2 w 1
     JSON.ARRTRIM 5 w 1
     JSON.CLEAR -2 w 1
     JSON.DEL -2 w 1
     JSON.FORGET -2 w 1
     JSON.GET -2 r 1
     JSON.MERGE 4 w 1
     JSON.MGET -3 r 1..-2 multi_shard/
     JSON.MSET -4 w 1..3 multi_shard/all_succeeded
     JSON.NUMINCRBY 4 w 1
     JSON.NUMMULTBY 4 w 1
     JSON.OBJKEYS -2 r 1
     JSON.OBJLEN -2 r 1
     JSON.RESP -2 r 1
     JSON.SET -4 w 1
     JSON.STRAPPEND -3 w 1
     JSON.STRLEN -2 r 1
     JSON.TOGGLE 3 w 1
     JSON.TYPE -2 r 1`,
  ],
  bloom: [
    '1.0.0',
    `BF.ADD 3 w 1
     BF.CARD 2 r 1
     BF.EXISTS 3 r 1
     BF.INFO -2 r 1
     BF.INSERT -4 w 1
     BF.LOADCHUNK 4 w 1
     BF.MADD -3 w 1
     BF.MEXISTS -3 r 1
     BF.RESERVE -4 w 1
     BF.SCANDUMP 3 r 1
     CF.ADD 3 w 1
     CF.ADDNX 3 w 1
     CF.COUNT 3 r 1
     CF.DEL 3 w 1
     CF.EXISTS 3 r 1
     CF.INFO 2 r 1
     CF.INSERT -4 w 1
     CF.INSERTNX -4 w 1
     CF.LOADCHUNK 4 w 1
     CF.MEXISTS -3 r 1
     CF.RESERVE -3 w 1
     CF.SCANDUMP 3 r 1
     CMS.INCRBY -4 w 1
     CMS.INFO 2 r 1
     CMS.INITBYDIM 4 w 1
     CMS.INITBYPROB 4 w 1
     CMS.MERGE -4 w 1+2#
     CMS.QUERY -3 r 1
     TOPK.ADD -3 w 1
     TOPK.COUNT -3 r 1
     TOPK.INCRBY -4 w 1
     TOPK.INFO 2 r 1
     TOPK.LIST -2 r 1
     TOPK.QUERY -3 r 1
     TOPK.RESERVE -3 w 1
     TDIGEST.ADD -3 w 1
     TDIGEST.BYRANK -3 r 1
     TDIGEST.BYREVRANK -3 r 1
     TDIGEST.CDF -3 r 1
     TDIGEST.CREATE -2 w 1
     TDIGEST.INFO 2 r 1
     TDIGEST.MAX 2 r 1
     TDIGEST.MERGE -4 w 1+2#
     TDIGEST.MIN 2 r 1
     TDIGEST.QUANTILE -3 r 1
     TDIGEST.RANK -3 r 1
     TDIGEST.RESET 2 w 1
     TDIGEST.REVRANK -3 r 1
     TDIGEST.TRIMMED_MEAN 4 r 1`,
  ],
  timeseries: [
    '1.0.0',
    `TS.ADD -4 w 1
     TS.ALTER -2 w 1
     TS.CREATE -2 w 1
     TS.CREATERULE -6 w 1,2
     TS.DECRBY -3 w 1
     TS.DEL 4 w 1
     TS.DELETERULE 3 w 1,2
     TS.GET -2 r 1
     TS.INCRBY -3 w 1
     TS.INFO -2 r 1
     TS.MADD -4 w 1..3
     TS.MGET -3 r - all_shards/
     TS.MRANGE -4 r - all_shards/
     TS.MREVRANGE -4 r - all_shards/
     TS.QUERYINDEX -2 r - all_shards/
     TS.RANGE -4 r 1
     TS.REVRANGE -4 r 1`,
  ],
  search: [
    '1.0.0',
    `FT.AGGREGATE -3 r -
     FT.ALIASADD 3 - -
     FT.ALIASDEL 2 - -
     FT.ALIASUPDATE 3 - -
     FT.ALTER -6 - -
     FT.CREATE -5 - -
     FT.DICTADD -3 - -
     FT.DICTDEL -3 - -
     FT.DICTDUMP 2 r -
     FT.DROPINDEX -2 - -
     FT.EXPLAIN -3 r -
     FT.EXPLAINCLI -3 r -
     FT.INFO 2 r -
     FT.PROFILE -5 r -
     FT.SEARCH -3 r -
     FT.SPELLCHECK -3 r -
     FT.SUGADD -4 w 1
     FT.SUGDEL 3 w 1
     FT.SUGGET -3 r 1
     FT.SUGLEN 2 r 1
     FT.SYNDUMP 2 r -
     FT.SYNUPDATE -4 - -
     FT.TAGVALS 3 r -
     FT._LIST 1 r -`,
  ],
};

const FLAGS = { r: ['readonly'], w: ['write'], '-': [] };

/** Key specifications in the words of the command table. */
function keySpecs(keys, access) {
  const flags = access === 'r' ? 'RO+access' : 'RW+access+update';
  switch (keys) {
    case '-':
      return [];
    case '1':
      return [`${flags}/i1/r0,1,0`];
    case '1,2':
      return [`${flags}/i1/r1,1,0`];
    case '1..-2':
      return [`${flags}/i1/r-2,1,0`];
    case '1..3':
      return [`${flags}/i1/r-1,3,0`];
    case '1+2#':
      return [`${flags}/i1/r0,1,0`, 'RO+access/i2/n0,1,1'];
    default:
      throw new Error(`No keys ${keys}`);
  }
}

/** Full upper-case name -> facts, as facts.mjs has them. */
export const MODULE_FACTS = new Map(
  Object.entries(FAMILIES).flatMap(([group, [since, lines]]) =>
    lines.split('\n').map((line) => {
      const [name, arity, access, keys, policy = '/'] = line.trim().split(' ');
      const [request, response] = policy.split('/');
      return [
        name,
        {
          arity: Number(arity),
          flags: FLAGS[access],
          keySpecs: keySpecs(keys, access),
          ...(request === '' ? {} : { request }),
          ...(response === '' || response === undefined ? {} : { response }),
          group,
          since: { redis: since },
          complexity: '',
          deprecated: false,
          container: false,
          arguments: [],
          byHand: true,
        },
      ];
    }),
  ),
);
