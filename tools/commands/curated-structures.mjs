// Bitmaps, places, HyperLogLogs, streams, vector sets: see curated-docs.mjs for the form.
export const STRUCTURE_LINES = `
BITCOUNT :: number :: Counts the bits that are set.
BITFIELD :: (number | null)[] :: Reads and writes integers of any width inside a string, one after the other; a result per operation, null where \`overflow: 'fail'\` refused one.
BITFIELD_RO :: number[] :: Reads integers of any width inside a string.
BITOP :: number :: Combines strings bit by bit into a key of the same slot; gives the length of the result in bytes.
BITPOS :: number :: Finds the first bit of a value; -1 if there is none.
GETBIT :: number :: Reads a bit.
SETBIT :: number :: Writes a bit; gives what it was.

GEOADD :: number :: Adds members with their places; gives how many are new (with \`ch\` also moved).
GEODIST :: number | null :: Tells how far two members are apart, in metres or another unit; null if one is missing.
GEOHASH :: (Text | null)[] :: Tells the places of members as geohash text.
GEOPOS :: (GeoPosition | null)[] :: Tells the places of members.
GEORADIUS :: Text[]; store => number; storedist => number; withcoord => GeoMatch<Text>[]; withdist => GeoMatch<Text>[]; withhash => GeoMatch<Text>[] :: Finds members around a place; \`geosearch\` is its successor.
GEORADIUS_RO :: Text[]; withcoord => GeoMatch<Text>[]; withdist => GeoMatch<Text>[]; withhash => GeoMatch<Text>[] :: Finds members around a place without writing; \`geosearch\` is its successor.
GEORADIUSBYMEMBER :: Text[]; store => number; storedist => number; withcoord => GeoMatch<Text>[]; withdist => GeoMatch<Text>[]; withhash => GeoMatch<Text>[] :: Finds members around another one; \`geosearch\` is its successor.
GEORADIUSBYMEMBER_RO :: Text[]; withcoord => GeoMatch<Text>[]; withdist => GeoMatch<Text>[]; withhash => GeoMatch<Text>[] :: Finds members around another one without writing; \`geosearch\` is its successor.
GEOSEARCH :: Text[]; withcoord => GeoMatch<Text>[]; withdist => GeoMatch<Text>[]; withhash => GeoMatch<Text>[] :: Finds members in a circle, a box or a polygon.
GEOSEARCHSTORE :: number :: Writes the members in a circle, a box or a polygon to a key of the same slot; gives how many.

PFADD :: number :: Adds elements to a HyperLogLog; 1 if its estimate may have changed.
PFCOUNT :: number :: Estimates how many different elements were added to one or more HyperLogLogs; keys of one slot.
PFDEBUG :: unknown :: Shows the inside of a HyperLogLog.
PFMERGE :: 'OK' :: Unites HyperLogLogs into one; keys of one slot.
PFSELFTEST :: 'OK' :: Lets a server test its HyperLogLog implementation; slow.

XACK :: number :: Acknowledges entries a group has been given; gives how many were pending.
XACKDEL :: number[] :: Acknowledges entries and deletes them; per entry 1 if it is gone, -1 if there was none, 2 if another group still refers to it.
XADD :: string; nomkstream => string | null :: Adds an entry to a stream; gives its ID. With \`nomkstream\` null if there is no stream.
XAUTOCLAIM :: ClaimedEntries<Text>; justid => ClaimedIds :: Takes over entries that have been pending long, from any consumer, and tells where to go on.
XCFGSET :: 'OK' :: Sets how a stream recognises entries that are added twice.
XCLAIM :: StreamEntry<Text>[]; justid => string[] :: Takes over pending entries.
XDEL :: number :: Deletes entries; gives how many there were.
XDELEX :: number[] :: Deletes entries, with a word about what groups have pending; per entry 1 if it is gone, -1 if there was none, 2 if a group still refers to it.
XGROUP CREATE :: 'OK' :: Makes a consumer group that reads behind an ID: \`0\` for all entries, \`$\` for new ones.
XGROUP CREATECONSUMER :: number :: Makes a consumer; 1 if it is new.
XGROUP DELCONSUMER :: number :: Removes a consumer; gives how many entries it had pending, which are lost to the group.
XGROUP DESTROY :: number :: Removes a consumer group and what it has pending; 1 if there was one.
XGROUP HELP :: string[] :: Lists what XGROUP can do.
XGROUP SETID :: 'OK' :: Lets a group go on behind another ID.
XIDMPRECORD :: 'OK' :: Records that a producer has added an entry; servers send it to rebuild what they know.
XINFO CONSUMERS :: ConsumerInfo<Text>[] :: Lists the consumers of a group.
XINFO GROUPS :: GroupInfo<Text>[] :: Lists the consumer groups of a stream.
XINFO HELP :: string[] :: Lists what XINFO can do.
XINFO STREAM :: StreamInfo<Text>; full => FullStreamInfo<Text> :: Tells what a stream is like.
XLEN :: number :: Counts the entries of a stream.
XPENDING :: PendingSummary<Text>; range => PendingEntry<Text>[] :: Tells what a group has pending: a summary, or the entries of a range.
XRANGE :: StreamEntry<Text>[] :: Reads entries between two IDs; both ends count, \`-\` is the first, \`+\` the last, \`(id\` leaves one out.
XREAD :: StreamEntries<Text>[] | null :: Reads the entries behind an ID of each stream, in one slot; null if there is none, or when the time of \`block\` is up.
XREADGROUP :: StreamEntries<Text>[] | null :: Reads entries for a consumer of a group: \`>\` for new ones, an ID for its own pending ones; null if there is none, or when the time of \`block\` is up.
XREVRANGE :: StreamEntry<Text>[] :: Reads entries between two IDs, backwards; the higher ID comes first.
XSETID :: 'OK' :: Sets the last ID of a stream.
XTRIM :: number :: Cuts a stream at its old end; gives how many entries were deleted.

VADD :: number :: Adds an element with its vector, or replaces the vector; 1 if the element is new.
VCARD :: number :: Counts the elements.
VDIM :: number :: Tells the dimension of the vectors.
VEMB :: number[] | null; raw => RawVector | null :: Reads the vector of an element.
VGETATTR :: Text | null :: Reads the attributes of an element, as JSON text.
VINFO :: VectorSetInfo | null :: Tells what a vector set is like.
VISMEMBER :: number :: Tells whether a vector set has an element: 1 or 0.
VLINKS :: Text[][] | null; withscores => SimilarElement[][] | null :: Lists the neighbours of an element, per layer of the graph.
VRANDMEMBER :: Text | null; count => Text[] :: Picks random elements; a negative count may pick one twice.
VRANGE :: Text[] :: Lists elements between two bounds of the alphabet, such as \`[a\`, \`(b\`, \`-\` and \`+\`.
VREM :: number :: Removes an element; 1 if there was one.
VSETATTR :: number :: Writes the attributes of an element, as JSON text; an empty one removes them. 1 if there is such an element.
VSIM :: Text[]; withscores => SimilarElement[]; withattribs => SimilarElement[] :: Finds the elements most like a vector or another element.
`;
