// What COMMAND DOCS leaves open or has wrong.

const GEO_WITH = '?withcoord ?withdist ?withhash ?count:{count:integer,?any}';
const GEO_FROM =
  '?(frommember:value|fromlonlat:{longitude:double,latitude:double})';
const GEO_BY =
  '!(byradius:{radius:double,unit:m/km/ft/mi}|bybox:{width:double,height:double,unit:m/km/ft/mi}|bypolygon:#{longitude:double,latitude:double}[])';
const TRIM =
  '(maxlen:{?approximate@~,threshold:integer,?limit:integer}|minid:{?approximate@~,threshold:value,?limit:integer})';
const RANGES = '{from:integer,to:integer}[]';
const BITS = 'encoding:value,offset:value';

/** What CLIENT LIST and CLIENT KILL choose connections by. */
const CLIENT_FILTERS = [
  ...['type:normal/master/primary/slave/replica/pubsub', 'id:integer[]'],
  ...['user:value', 'addr:value', 'laddr:value', 'name:value', 'ip:value'],
  ...['flags:value', 'libName@LIB-NAME:value', 'libVer@LIB-VER:value'],
  ...['db:integer', 'capa:value'],
];
const CLIENT_FILTER = [
  ...CLIENT_FILTERS,
  ...['skipme:yes/no', 'maxage:integer', 'idle:integer'],
  ...CLIENT_FILTERS.map((filter) => {
    const [name, type] = filter.split(':');
    const [word, token = word.toUpperCase()] = name.split('@');
    return `not${word[0].toUpperCase()}${word.slice(1)}@NOT-${token}:${type}`;
  }),
]
  .map((filter) => `?${filter}`)
  .join(' ');

/** Signatures that no rule gives. */
export const CURATED_SIGNATURES = {
  'ACL LOG': '?(count@:integer|reset)',
  BITCOUNT: 'key:key range:{start:integer~0,end:integer~-1,unit:byte/bit?}?',
  BITFIELD: `key:key operations:{?overflow:wrap/sat/fail,!(get:{${BITS}}|set:{${BITS},value:integer}|incrby:{${BITS},increment:integer})}[]`,
  BITFIELD_RO: `key:key operations:{'GET',${BITS}}[]`,
  BITOP:
    'operation:and/or/xor/not/diff/diff1/andor/one destination:key keys:key[]',
  BITPOS:
    'key:key bit:integer range:{start:integer~0,end:integer?,unit:byte/bit?}?',
  'CLIENT KILL': CLIENT_FILTER,
  'CLIENT LIST': CLIENT_FILTER,
  'CLUSTER ADDSLOTSRANGE': `ranges:${RANGES}`,
  'CLUSTER DELSLOTSRANGE': `ranges:${RANGES}`,
  'CLUSTER MIGRATESLOTS': `migrations:{'SLOTSRANGE',ranges:${RANGES},'NODE',node:value}[]`,
  'CLUSTER MIGRATION': `!(import:${RANGES}|cancel:{!(id:value|all)}|status:{?(id:value|all)})`,
  'CLUSTER REPLICATE': "!(nodeId@:value|noOne@NO:{'ONE'})",
  'CLUSTER SETSLOT':
    'slot:integer !(importing:value|migrating:value|node:value|stable) ?timeout:integer',
  'CLUSTER SLOT-STATS':
    '!(slotsrange:{from:integer,to:integer}|orderby:{metric:value,?limit:integer,?(asc|desc)})',
  COMMAND: '',
  'COMMAND LIST': '?filterby:{!(module:value|aclcat:value|pattern:text)}',
  DEBUG: 'subcommand:value args:value[]?',
  FAILOVER: '?to:{host:value,port:integer,?force} ?abort ?timeout:integer',
  GEOADD:
    'key:key ?(nx|xx) ?ch members:{longitude:double,latitude:double,member:value}[]',
  GEODIST: 'key:key member1:value member2:value unit:m/km/ft/mi?',
  GEOHASH: 'key:key members:value[]',
  GEOPOS: 'key:key members:value[]',
  GEORADIUS: `key:key longitude:double latitude:double radius:double unit:m/km/ft/mi ${GEO_WITH} ?(asc|desc) ?(store:key|storedist:key)`,
  GEORADIUS_RO: `key:key longitude:double latitude:double radius:double unit:m/km/ft/mi ${GEO_WITH} ?(asc|desc)`,
  GEORADIUSBYMEMBER: `key:key member:value radius:double unit:m/km/ft/mi ${GEO_WITH} ?(asc|desc) ?(store:key|storedist:key)`,
  GEORADIUSBYMEMBER_RO: `key:key member:value radius:double unit:m/km/ft/mi ${GEO_WITH} ?(asc|desc)`,
  GEOSEARCH: `key:key ${GEO_FROM} ${GEO_BY} ?(asc|desc) ?count:{count:integer,?any} ?withcoord ?withdist ?withhash`,
  GEOSEARCHSTORE: `destination:key source:key ${GEO_FROM} ${GEO_BY} ?(asc|desc) ?count:{count:integer,?any} ?storedist`,
  'HOTKEYS START':
    "'METRICS' metrics:#cpu/net[] ?count:integer ?duration:integer ?sample:integer ?slots:#integer[]",
  'MODULE LOADEX': 'path:value ?config:{name:value,value:value}+ ?args:value[]',
  PFADD: 'key:key elements:value[]',
  PFMERGE: 'destination:key sources:key[]?',
  'PUBSUB NUMSUB': 'channels:value[]',
  'PUBSUB SHARDNUMSUB': 'channels:value[]',
  REPLICAOF: "!(primary@:{host:value,port:integer}|noOne@NO:{'ONE'})",
  SHUTDOWN: '?(nosave|save) ?now ?force ?safe ?failover ?abort',
  SLAVEOF: "!(primary@:{host:value,port:integer}|noOne@NO:{'ONE'})",
  TRIMSLOTS: `'RANGES' ranges:#${RANGES}`,
  VADD: 'key:key ?reduce:integer !(fp32:value|values:#double[]) element:value ?cas ?(noquant|bin|q8) ?ef:integer ?setattr:value ?m:integer',
  VSIM: 'key:key !(ele:value|fp32:value|values:#double[]) ?withscores ?withattribs ?count:integer ?epsilon:double ?ef:integer ?filter:value ?filterEf@FILTER-EF:integer ?truth ?nothread',
  XADD: `key:key ?nomkstream ?(keepref|delref|acked) ?(idmpauto:value|idmp:{pid:value,iid:value}) ?${TRIM} ?id@:value~* fields:value=value`,
  XCFGSET:
    'key:key ?idmpDuration@IDMP-DURATION:integer ?idmpMaxsize@IDMP-MAXSIZE:integer',
  'XGROUP CREATE':
    'key:key group:value id:value ?mkstream ?entriesread:integer',
  'XGROUP SETID': 'key:key group:value id:value ?entriesread:integer',
  'XINFO STREAM': 'key:key ?full:{?count:integer}',
  XPENDING:
    'key:key group:value range:{?idle:integer,start:value~-,end:value~+,count:integer,consumer:value?}?',
  // keys stand before IDs; users have them in pairs
  XREAD: "?count:integer ?block:integer 'STREAMS' streams:key&value",
  XREADGROUP:
    "'GROUP' group:value consumer:value ?count:integer ?block:integer ?claim:integer ?noack 'STREAMS' streams:key&value",
  XTRIM: `key:key !${TRIM} ?(keepref|delref|acked)`,
  // one key or many are the same call; the key's own place stays empty
  MIGRATE:
    "host:text port:integer '' destinationDb:integer timeoutMs:integer ?copy ?replace ?(auth:value|auth2:{username:value,password:value}) 'KEYS' keys:key[]",
  // all keys is what most callers want
  KEYS: 'pattern:text~*',
  // the reply shows the hash: no engine, no other form
  'SCRIPT LOAD': 'script:value',
};

/** Better names of parameters: `COMMAND argument` or `argument` -> name. */
export const NAMES = {
  dst: 'destination',
  src: 'source',
  destkey: 'destination',
  newkey: 'newKey',
  shardchannel: 'channel',
  'min-idle-time': 'minIdleTimeMs',
  wherefrom: 'whereFrom',
  whereto: 'whereTo',
  function: 'functionName',
  'RESTORE ttl': 'ttlMs',
  'CLIENT PAUSE timeout': 'timeoutMs',
  // the unit is the trap: blocking commands wait for seconds
  'BLMOVE timeout': 'timeoutSeconds',
  'BLMPOP timeout': 'timeoutSeconds',
  'BLPOP timeout': 'timeoutSeconds',
  'BRPOP timeout': 'timeoutSeconds',
  'BRPOPLPUSH timeout': 'timeoutSeconds',
  'BZMPOP timeout': 'timeoutSeconds',
  'BZPOPMAX timeout': 'timeoutSeconds',
  'BZPOPMIN timeout': 'timeoutSeconds',
};

/** Kinds that COMMAND DOCS gives differently: `COMMAND argument` -> kind. */
export const KINDS = {
  // cursors are 64 bits wide and come as text
  'SCAN cursor': 'text',
  'HSCAN cursor': 'text',
  'SSCAN cursor': 'text',
  'ZSCAN cursor': 'text',
  // said to be an integer, is a hash in hexadecimal
  'DELEX ifdeq-digest': 'value',
  'DELEX ifdne-digest': 'value',
  'SET ifdeq-digest': 'value',
  'SET ifdne-digest': 'value',
  // said to be text, are milliseconds
  'XAUTOCLAIM min-idle-time': 'integer',
  'XCLAIM min-idle-time': 'integer',
  // a cursor, as that of SCAN
  'CLUSTERSCAN cursor': 'text',
  // said to be integers, are doubles
  'ZINCRBY increment': 'double',
  'ZUNION weight': 'double',
  'ZUNIONSTORE weight': 'double',
  'ZINTER weight': 'double',
  'ZINTERSTORE weight': 'double',
  // ranks, scores (`(1`, `-inf`) or bounds of the alphabet (`[a`)
  'ZRANGE start': 'bound',
  'ZRANGE stop': 'bound',
  'ZRANGESTORE min': 'bound',
  'ZRANGESTORE max': 'bound',
  'ZRANGEBYSCORE min': 'bound',
  'ZRANGEBYSCORE max': 'bound',
  'ZREVRANGEBYSCORE max': 'bound',
  'ZREVRANGEBYSCORE min': 'bound',
  'ZCOUNT min': 'bound',
  'ZCOUNT max': 'bound',
  'ZREMRANGEBYSCORE min': 'bound',
  'ZREMRANGEBYSCORE max': 'bound',
};
