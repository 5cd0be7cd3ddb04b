// Words for options and parameters, one a line: NAME | words.
//
// A name is that of the option or parameter, of a field behind it
// (`limit.offset`), or of a type's field (`SlotRange.from`). Where commands
// differ, the command stands before it, or its first three letters: `GEO* count`.

const read = (lines) =>
  Object.fromEntries(
    lines
      .trim()
      .split('\n')
      .map((line) => line.split(' | ')),
  );

/** What an option does. */
export const OPTION_DOCS = read(`
absttl | \`ttlMs\` is a Unix time in milliseconds.
aggregate | How the scores of a member found several times become one; default \`sum\`.
alpha | Sort as text, not as numbers.
asc | From small to large (the default).
async | Free the memory in the background.
auth | The password of the other server.
auth2 | Username and password of the other server.
by | A pattern of keys to sort by, such as \`weight_*\`; those keys must be in the same slot.
bylex | Start and stop are bounds of the alphabet, such as \`[a\` and \`(b\`.
byscore | Start and stop are scores; \`(1\` leaves 1 out.
ch | Count changed members too, not only new ones.
copy | Keep the keys here.
count | About how many to look at in this step.
db | The database to write to.
desc | From large to small.
ex | Expire after this many seconds.
exat | Expire at this Unix time in seconds.
fnx | Only if none of the fields exists.
freq | How often it counts as used.
fxx | Only if all of the fields exist.
get | Patterns of keys to read for each element; \`#\` is the element itself.
gt | Only if the new one is greater than the old one.
idletime | How many seconds it counts as unused.
idx | Give the places of the parts.
ifdeq | Only if the digest of the value is this one.
ifdne | Only if the digest of the value is not this one.
ifeq | Only if the value is this one.
ifne | Only if the value is not this one.
incr | Add to the score instead of setting it; one member only.
keepttl | Keep the expiry there is.
len | Give the length alone.
limit | Skip some, then take some.
limit.offset | How many to skip.
limit.count | How many to take; negative for all.
auth2.username | The user there.
auth2.password | The password there.
lt | Only if the new one is less than the old one.
match | A glob pattern.
maxlen | Look at no more than this many elements.
minmatchlen | Leave out shorter parts.
noscores | Leave the scores out (Valkey only).
novalues | Leave the values out.
nx | Only if there is none yet.
persist | Never expire.
px | Expire after this many milliseconds.
pxat | Expire at this Unix time in milliseconds.
rank | Which match to begin with: 1 the first, -1 the last.
replace | Replace what is there.
rev | Backwards; start and stop change places.
store | Write the result to this key of the same slot.
sync | Free the memory before replying.
type | Only keys of this type.
weights | A factor for the scores of each sorted set.
withmatchlen | Give the length of each part.
withscore | Give the score too.
withscores | Give the scores too.
withvalues | Give the values too.
xx | Only if there is one already.
SET get | Give the value before; null if there was none.
LPOS count | Give this many places; 0 for all.
LMPOP count | How many to pop at most; default 1.
BLMPOP count | How many to pop at most; default 1.
ZMPOP count | How many to pop at most; default 1.
BZMPOP count | How many to pop at most; default 1.
SINTERCARD limit | Stop counting here; 0 for no limit.
ZINTERCARD limit | Stop counting here; 0 for no limit.
EXP* nx | Only if it would not expire yet.
PEX* nx | Only if it would not expire yet.
HEX* nx | Only if it would not expire yet.
HPE* nx | Only if it would not expire yet.
EXP* xx | Only if it would expire already.
PEX* xx | Only if it would expire already.
HEX* xx | Only if it would expire already.
HPE* xx | Only if it would expire already.
ScoredInput.score | The score; may be infinite.
ScoredInput.member | The member.
GeoInput.longitude | Degrees east, from -180 to 180.
GeoInput.latitude | Degrees north, from -85.05112878 to 85.05112878.
GeoInput.member | The member.
BitcountRange.start | Where it begins; negative counts from the end. Default 0.
BitcountRange.end | Where it ends; negative counts from the end. Default -1.
BitcountRange.unit | What start and end count; default \`byte\`.
BitposRange.start | Where it begins; negative counts from the end. Default 0.
BitposRange.end | Where it ends; negative counts from the end. Left out, a string of ones counts as followed by zeros.
BitposRange.unit | What start and end count; default \`byte\`. Needs \`end\`.
BitfieldOperation.overflow | What happens to this and the following operations where a number does not fit; default \`wrap\`.
BitfieldOperation.get | Reads.
BitfieldOperation.set | Writes; the result is what was there.
BitfieldOperation.incrby | Adds; the result is the sum.
BitfieldOperation.get.encoding | Such as \`u8\` (without sign) or \`i16\`.
BitfieldOperation.set.encoding | Such as \`u8\` (without sign) or \`i16\`.
BitfieldOperation.incrby.encoding | Such as \`u8\` (without sign) or \`i16\`.
BitfieldOperation.get.offset | Counted in bits, or as \`#2\` in integers of this width.
BitfieldOperation.set.offset | Counted in bits, or as \`#2\` in integers of this width.
BitfieldOperation.incrby.offset | Counted in bits, or as \`#2\` in integers of this width.
BitfieldOperation.set.value | What to write.
BitfieldOperation.incrby.increment | What to add.
BitfieldRead.encoding | Such as \`u8\` (without sign) or \`i16\`.
BitfieldRead.offset | Counted in bits, or as \`#2\` in integers of this width.
PendingRange.idle | Only entries that have been idle for so many milliseconds.
PendingRange.start | The first ID; default \`-\`.
PendingRange.end | The last ID; default \`+\`.
PendingRange.count | How many at most.
PendingRange.consumer | Only entries of this consumer.
SlotRange.from | The first slot.
SlotRange.to | The last slot.
SlotMove.ranges | The ranges of slots.
SlotMove.ranges.from | The first slot.
SlotMove.ranges.to | The last slot.
SlotMove.node | The ID of the node they go to.
abort | Stop a failover under way.
acked | Only entries that all groups have acknowledged.
addr | Those that come from this \`host:port\`.
append | Keep what is there; fail where a name is taken (the default).
args | What the module is loaded with.
bin | Store one bit for each number of the vector.
block | How many milliseconds to wait for entries; 0 for ever.
bybox | In a box around it.
bybox.width | From west to east.
bybox.height | From south to north.
bybox.unit | The unit of both.
bypolygon | In a polygon of these corners (Valkey only).
bypolygon.longitude | Degrees east.
bypolygon.latitude | Degrees north.
byradius | In a circle around it.
byradius.radius | From the middle to the rim.
byradius.unit | The unit of the radius.
cancel | Stop one, or all.
cancel.all | All of them.
cancel.id | The ID of the task.
capa | Those with this capability.
cas | Look for neighbours in the background before it is added.
claim | Take over entries that have been pending for so many milliseconds, too.
config | Settings of the module.
config.name | The setting.
config.value | What it is to be.
count.count | How many at most.
count.any | Stop as soon as there are so many, which need not be the nearest.
delref | Delete what groups have pending of it, too.
duration | Stop after so many seconds.
ef | How thoroughly to search the graph: more is better and slower.
ele | Like this element.
entriesadded | How many entries were ever added.
entriesread | How many entries the group is taken to have read.
epsilon | Only elements no farther away, from 0 to 1.
error | Let the blocked command fail.
failover | Hand over to a replica first.
filter | Only elements whose attributes meet this expression.
filterEf | How many elements to try the expression on.
filterby | Only some commands.
filterby.module | Those of a module.
filterby.aclcat | Those of a category, without \`@\`.
filterby.pattern | Those whose names match a glob pattern.
flags | Those with these flags.
flush | Remove what is there first.
force | Without waiting for the primary's consent.
fp32 | A vector as little-endian 32-bit floats.
fromlonlat | Around a place.
fromlonlat.longitude | Degrees east.
fromlonlat.latitude | Degrees north.
frommember | Around a member.
full | Tell everything; \`count\` limits how many entries, 0 for all.
full.count | How many entries; 10 by default, 0 for all.
hard | Take a new ID, too.
id | Those with these IDs.
idle | Those that have been idle for so many seconds.
idmp | Ignore it if this producer has added this before.
idmp.pid | The producer.
idmp.iid | What the producer calls the entry.
idmpDuration | How many seconds to remember what was added.
idmpMaxsize | How many entries per producer to remember.
idmpauto | Ignore it if this producer has added the same fields before.
import | Move these ranges of slots here.
import.from | The first slot.
import.to | The last slot.
importing | It is being taken over from the node with this ID.
ip | Those that come from this address.
justid | Give the IDs alone, and do not count it as a delivery.
keepref | Keep what groups have pending of it (the default).
laddr | Those that were accepted at this \`host:port\`.
lastid | The last ID the group has been given.
libName | Those of this library.
libVer | Those of this version of their library.
libraryname | Only libraries that match a glob pattern.
m | How many links a node of the graph has.
maxage | Those that are at least so many seconds old.
maxdeletedid | The highest ID ever deleted.
maxlen.threshold | How many entries to keep.
maxlen.approximate | A few more may stay, which is much cheaper.
maxlen.limit | Delete no more than so many entries; needs \`approximate\`.
migrating | It is being handed over to the node with this ID.
minid | Delete entries with lower IDs.
minid.threshold | The lowest ID to keep.
minid.approximate | A few more may stay, which is much cheaper.
minid.limit | Delete no more than so many entries; needs \`approximate\`.
mkstream | Make the stream if there is none.
name | Those with this name.
noack | Count entries as acknowledged when they are delivered.
noOne | Of no one: make it a primary.
node | It is served by the node with this ID.
nodeId | The ID of the primary.
nomkstream | Add nothing if there is no stream.
noquant | Store vectors as they are.
nosave | Without saving.
notAddr | But those that come from this \`host:port\`.
notCapa | But those with this capability.
notDb | But those that use this database.
notFlags | But those with these flags.
notId | But those with these IDs.
notIp | But those that come from this address.
notLaddr | But those that were accepted at this \`host:port\`.
notLibName | But those of this library.
notLibVer | But those of this version of their library.
notName | But those with this name.
notType | But those of this kind.
notUser | But those of this user.
nothread | Search in the server's main thread.
now | Without waiting for replicas.
orderby | The slots that are first by a measure.
orderby.metric | Such as \`key-count\`.
orderby.limit | How many slots of each primary.
orderby.asc | The least first.
orderby.desc | The most first (the default).
primary | The server to follow.
primary.host | Its address.
primary.port | Its port.
q8 | Store vectors as 8-bit integers (the default).
raw | As it is stored.
reduce | Project the vector to so many dimensions.
reset | Forget the entries.
retrycount | How often it counts as delivered.
safe | Only if nothing would be lost.
sample | Measure one call of so many.
samples | How many nested values to look at; 5 by default, 0 for all.
save | Save, even if it is not set to.
schedule | Save later if something else is being saved now.
setattr | Attributes, as JSON text.
skipme | Whether to leave the asking connection out; default \`yes\`.
slot | Only keys of this slot.
slots | Only these slots, of the nodes that serve them.
slotsrange | The slots of a range.
slotsrange.from | The first slot.
slotsrange.to | The last slot.
soft | Keep the ID (the default).
stable | It moves nowhere.
status | How moves go.
status.all | Of all of them.
status.id | Of this task.
storedist | Write distances as scores, not places.
takeover | Without asking the other primaries.
time | When it counts as delivered last, as Unix time in milliseconds.
timeout | How long it may take, in milliseconds.
to | The replica that is to be the primary.
to.host | Its address.
to.port | Its port.
to.force | Even if it has not caught up in time.
truth | Compare with every element: exact and slow.
user | Those of this user.
values | A vector as numbers.
version | Which picture.
withattribs | Give the attributes too.
withcode | Give the source too.
withcoord | Give the places too.
withdist | Give the distances too.
withhash | Give the geohashes too.
write | Only those that write.
ACL LOG count | How many entries of each node; 10 by default.
BGSAVE cancel | Stop saving, or do not begin it.
CLI* type | Those of this kind.
CLI* db | Those that use this database.
CLIENT PAUSE all | All of them (the default).
CLIENT UNBLOCK timeout | Let the blocked command end as if its time were up (the default).
CLUSTER FAILOVER force | Without waiting for the primary, which may be down.
CLUSTER REPLICATE noOne | Of no one: make it a primary without slots (Valkey only).
CLUSTER SETSLOT timeout | How long replicas may take to agree, in milliseconds (Valkey only).
GEOADD ch | Count moved members too, not only new ones.
GEOADD nx | Only add, never move.
GEOADD xx | Only move, never add.
GEO* store | Write the members to this key of the same slot.
GEORADIUS storedist | Write the members with their distances to this key of the same slot.
GEORADIUSBYMEMBER storedist | Write the members with their distances to this key of the same slot.
GEO* count | How many at most, the nearest ones.
GEO* asc | The nearest first.
GEO* desc | The farthest first.
FUNCTION LOAD replace | Replace a library of the same name.
FUNCTION RESTORE replace | Replace libraries of the same names.
HOTKEYS START count | How many keys to tell of.
SHUTDOWN force | Even if saving fails.
SHUTDOWN abort | Stop a shutdown under way.
VSIM count | How many elements; 10 by default.
XADD id | The ID of the entry; made by the server by default.
XADD maxlen | Keep about so many entries, deleting the oldest.
XAUTOCLAIM count | How many entries at most; 100 by default.
XCLAIM force | Also entries that are pending with nobody.
XCLAIM idle | How many milliseconds it counts as idle.
XRANGE count | How many entries at most.
XREVRANGE count | How many entries at most.
XREAD count | How many entries of each stream at most.
XREADGROUP count | How many entries of each stream at most.
XTRIM maxlen | Keep so many entries.
`);

/** What a parameter is, where its name and type do not say it all. */
export const PARAMETER_DOCS = read(`
timeoutSeconds | how long to wait, in seconds; 0 for ever
cursor | \`0\` to begin, then the cursor of the reply before
sha1 | as \`scriptLoad\` gave it
entries | an object, a Map or an array of pairs
KEYS pattern | a glob pattern; all keys by default
pattern | a glob pattern
minIdleTimeMs | how long they must have been pending, in milliseconds
timeoutMs | how long, in milliseconds
streams | keys with IDs, as an object, a Map or an array of pairs
operations | done one after the other
range | the whole string by default
unit | default \`m\`
XPENDING range | left out for a summary
XADD fields | an object, a Map or an array of pairs; only an array holds a field twice
XAUTOCLAIM start | \`0\` to begin, then the cursor of the reply before
XRANGE start | the first ID
XRANGE end | the last ID
XGROUP CREATE id | the last ID the group counts as read
XGROUP SETID id | the last ID the group counts as read
sections | such as \`server\`; the usual ones by default
settings | setting -> value
metrics | what to measure
CLUSTER COUNTKEYSINSLOT slot | the call goes to the node that serves it
CLUSTER GETKEYSINSLOT slot | the call goes to the node that serves it
`);
