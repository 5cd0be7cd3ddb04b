// What COMMAND DOCS leaves open or has wrong.

/** Signatures that no rule gives. */
export const CURATED_SIGNATURES = {
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
  newkey: 'newKey',
  wherefrom: 'whereFrom',
  whereto: 'whereTo',
  function: 'functionName',
  'RESTORE ttl': 'ttlMs',
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
