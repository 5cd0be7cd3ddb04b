// Bloom and cuckoo filters, count-min sketches, top-k lists, t-digests: see
// modules.mjs for the form.
export const BLOOM = {
  interface: [
    'sketches',
    'SketchCommands',
    'Filters and sketches: answers that may be a little wrong, in little memory.',
    'bloom',
  ],
  lines: `
BF.ADD :: key:key item:value :: O(k) :: number :: Adds an item to a Bloom filter; 0 if it may have been there.
BF.CARD :: key:key :: O(1) :: number :: Counts the different items that were added to a Bloom filter.
BF.EXISTS :: key:key item:value :: O(k) :: number :: Asks a Bloom filter for an item; 0: surely not there, 1: probably.
BF.INFO :: key:key ?(capacity|size|filters|items|expansion) :: O(1) :: BloomFilterInfo; capacity => number; size => number; filters => number; items => number; expansion => number | null :: Tells what a Bloom filter is like, or one fact of it.
BF.INSERT :: key:key ?capacity:integer ?error:double ?expansion:integer ?nocreate ?nonscaling 'ITEMS' items:value[] :: O(k*n) :: (number | ReplyError)[] :: Adds items to a Bloom filter, which is made if there is none; per item 0 if it may have been there.
BF.LOADCHUNK :: key:key iterator:integer data:value :: O(n) :: 'OK' :: Restores a part of a Bloom filter that \`bfScandump\` gave; parts in their order, the first one makes the filter.
BF.MADD :: key:key items:value[] :: O(k*n) :: (number | ReplyError)[] :: Adds items to a Bloom filter; per item 0 if it may have been there.
BF.MEXISTS :: key:key items:value[] :: O(k*n) :: number[] :: Asks a Bloom filter for items; per item 0: surely not there, 1: probably.
BF.RESERVE :: key:key errorRate:double capacity:integer ?(expansion:integer|nonscaling) :: O(1) :: 'OK' :: Makes a Bloom filter.
BF.SCANDUMP :: key:key iterator:integer :: O(n) :: FilterChunk :: Reads a Bloom filter part by part for \`bfLoadchunk\`; the data is always a Buffer.

CF.ADD :: key:key item:value :: O(k+i) :: number :: Adds an item to a cuckoo filter, also a second time; 1.
CF.ADDNX :: key:key item:value :: O(k+i) :: number :: Adds an item to a cuckoo filter unless it may be there; 1 if it did.
CF.COUNT :: key:key item:value :: O(k) :: number :: Tells how often an item was probably added to a cuckoo filter.
CF.DEL :: key:key item:value :: O(k) :: number :: Removes an item from a cuckoo filter once; 1 if it was found. Removing what was never added spoils the filter.
CF.EXISTS :: key:key item:value :: O(k) :: number :: Asks a cuckoo filter for an item; 0: surely not there, 1: probably.
CF.INFO :: key:key :: O(1) :: CuckooFilterInfo :: Tells what a cuckoo filter is like.
CF.INSERT :: key:key ?capacity:integer ?nocreate 'ITEMS' items:value[] :: O(n*(k+i)) :: (number | ReplyError)[] :: Adds items to a cuckoo filter, which is made if there is none; per item 1, or -1 if it is full.
CF.INSERTNX :: key:key ?capacity:integer ?nocreate 'ITEMS' items:value[] :: O(n*(k+i)) :: (number | ReplyError)[] :: Adds items to a cuckoo filter unless they may be there; per item 1 if it did, 0 if not, -1 if it is full.
CF.LOADCHUNK :: key:key iterator:integer data:value :: O(n) :: 'OK' :: Restores a part of a cuckoo filter that \`cfScandump\` gave; parts in their order.
CF.MEXISTS :: key:key items:value[] :: O(k*n) :: number[] :: Asks a cuckoo filter for items; per item 0: surely not there, 1: probably.
CF.RESERVE :: key:key capacity:integer ?bucketsize:integer ?maxiterations:integer ?expansion:integer :: O(1) :: 'OK' :: Makes a cuckoo filter.
CF.SCANDUMP :: key:key iterator:integer :: O(n) :: FilterChunk :: Reads a cuckoo filter part by part for \`cfLoadchunk\`; the data is always a Buffer.

CMS.INCRBY :: key:key items:value=integer :: O(n) :: number[] :: Counts items up in a count-min sketch; gives their estimated counts.
CMS.INFO :: key:key :: O(1) :: CountSketchInfo :: Tells what a count-min sketch is like.
CMS.INITBYDIM :: key:key width:integer depth:integer :: O(1) :: 'OK' :: Makes a count-min sketch of a size.
CMS.INITBYPROB :: key:key error:double probability:double :: O(1) :: 'OK' :: Makes a count-min sketch that is no more wrong than allowed.
CMS.MERGE :: destination:key sources:#key[] ?weights:double[] :: O(n) :: 'OK' :: Adds count-min sketches up into one that exists; keys of one slot.
CMS.QUERY :: key:key items:value[] :: O(n) :: number[] :: Estimates how often items were counted.

TOPK.ADD :: key:key items:value[] :: O(n*k) :: (Text | null)[] :: Counts items once each; per item the one it drove off the list, or null.
TOPK.COUNT :: key:key items:value[] :: O(n) :: number[] :: Estimates how often items were counted; deprecated by its server.
TOPK.INCRBY :: key:key items:value=integer :: O(n*k) :: (Text | null)[] :: Counts items up; per item the one it drove off the list, or null.
TOPK.INFO :: key:key :: O(1) :: TopListInfo :: Tells what a top-k list is like.
TOPK.LIST :: key:key ?withcount :: O(k*log(k)) :: Text[]; withcount => TopListItem<Text>[] :: Lists the items counted most, the first one first.
TOPK.QUERY :: key:key items:value[] :: O(n) :: number[] :: Tells which items are on the list: 1 or 0 per item.
TOPK.RESERVE :: key:key topk:integer dimensions:{width:integer,depth:integer,decay:double}? :: O(1) :: 'OK' :: Makes a list of the items counted most.

TDIGEST.ADD :: key:key values:double[] :: O(N) :: 'OK' :: Adds observations to a t-digest.
TDIGEST.BYRANK :: key:key ranks:integer[] :: O(N) :: number[] :: Estimates the values at ranks, from the smallest on; Infinity behind the last one, NaN where there are none.
TDIGEST.BYREVRANK :: key:key ranks:integer[] :: O(N) :: number[] :: Estimates the values at ranks, from the greatest on; -Infinity behind the last one, NaN where there are none.
TDIGEST.CDF :: key:key values:double[] :: O(N) :: number[] :: Estimates which part of the observations is not greater than a value, from 0 to 1; NaN where there are none.
TDIGEST.CREATE :: key:key ?compression:integer :: O(1) :: 'OK' :: Makes a t-digest.
TDIGEST.INFO :: key:key :: O(1) :: DigestInfo :: Tells what a t-digest is like.
TDIGEST.MAX :: key:key :: O(1) :: number :: Gives the greatest observation; NaN if there is none.
TDIGEST.MERGE :: destination:key sources:#key[] ?compression:integer ?override :: O(N*K) :: 'OK' :: Merges t-digests into one; keys of one slot.
TDIGEST.MIN :: key:key :: O(1) :: number :: Gives the smallest observation; NaN if there is none.
TDIGEST.QUANTILE :: key:key quantiles:double[] :: O(N) :: number[] :: Estimates the values below which parts of the observations are; NaN where there are none.
TDIGEST.RANK :: key:key values:double[] :: O(N) :: number[] :: Estimates how many observations are smaller than a value; -1 below the smallest one, -2 where there are none.
TDIGEST.RESET :: key:key :: O(1) :: 'OK' :: Empties a t-digest.
TDIGEST.REVRANK :: key:key values:double[] :: O(N) :: number[] :: Estimates how many observations are greater than a value; -1 above the greatest one, -2 where there are none.
TDIGEST.TRIMMED_MEAN :: key:key low:double high:double :: O(N) :: number :: Estimates the mean of the observations between two quantiles; NaN if there is none.
`,
  objectTypes: {
    'TOPK.RESERVE dimensions': [
      'TopListDimensions',
      'The size of the sketch behind a top-k list.',
    ],
  },
  optionDocs: `
BF.* capacity | For how many items it is made.
BF.INFO capacity | For how many items it is made.
BF.INFO size | How many bytes it takes.
BF.INFO filters | Of how many filters it consists by now.
BF.INFO items | How many different items were added.
BF.INFO expansion | How many times larger each further filter is; null if it does not grow.
BF.* error | How many of the answers may be wrong, from 0 to 1.
BF.* expansion | How many times larger each further filter is; 2 by default.
BF.* nocreate | Fail if there is no filter yet.
BF.* nonscaling | Refuse items when it is full, instead of growing.
CF.* capacity | For how many items it is made.
CF.* nocreate | Fail if there is no filter yet.
CF.* bucketsize | How many items a bucket holds; 2 by default.
CF.* maxiterations | How often to move items before the filter grows; 20 by default.
CF.* expansion | How many times larger each further filter is; 1 by default, 0 to refuse items when it is full.
CMS.* weights | What the counts of each source are multiplied by; 1 by default.
TOPK.* withcount | Give the estimated counts too.
TDIGEST.* compression | How exact it is; 100 by default.
TDIGEST.* override | Replace what the destination holds.
TopListDimensions.width | How many counters a row has; 8 by default.
TopListDimensions.depth | How many rows; 7 by default.
TopListDimensions.decay | How likely a small counter is to be driven off; 0.9 by default.
`,
  parameterDocs: `
BF.* iterator | 0 to begin, then that of the part before
BF.LOADCHUNK iterator | that of the part
BF.LOADCHUNK data | that of the part, a Buffer
BF.* errorRate | how many of the answers may be wrong, from 0 to 1
BF.* capacity | for how many items it is made
CF.* iterator | 0 to begin, then that of the part before
CF.LOADCHUNK iterator | that of the part
CF.LOADCHUNK data | that of the part, a Buffer
CF.* capacity | for how many items it is made
CMS.INCRBY items | item -> by how much, as an object, a Map or an array of pairs
CMS.* error | how wrong counts may be, as a part of all counts
CMS.* probability | how likely a count may be more wrong than that
TOPK.INCRBY items | item -> by how much, as an object, a Map or an array of pairs
TOPK.* topk | how many items to keep
TDIGEST.QUANTILE quantiles | from 0 to 1
TDIGEST.* low | a quantile, from 0 to 1
TDIGEST.* high | a quantile, from 0 to 1
`,
};
