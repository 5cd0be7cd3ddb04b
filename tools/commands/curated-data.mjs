// Strings, keys, hashes, lists, sets, sorted sets: see curated-docs.mjs for the form.
export const DATA_LINES = `
APPEND :: number :: Adds text to the end of a string; gives its new length.
DECR :: number :: Counts a number down by one; gives what it is then.
DECRBY :: number :: Counts a number down; gives what it is then.
DELEX :: number :: Deletes a string key if its value, or the digest of it, is or is not the one given; 1 if it did.
DELIFEQ :: number :: Deletes a string key if it holds exactly this value; 1 if it did.
DIGEST :: Text | null :: Gives the hash of a string value, in hexadecimal, for \`ifdeq\` and \`ifdne\`.
GET :: Text | null :: Reads a string; null if there is none.
GETDEL :: Text | null :: Reads a string and deletes it.
GETEX :: Text | null :: Reads a string and sets or removes when it expires.
GETRANGE :: Text :: Reads the bytes from one place to another of a string; both ends count.
GETSET :: Text | null :: Writes a string and gives the one before it.
INCR :: number :: Counts a number up by one; gives what it is then (a bigint beyond 2^53 - 1).
INCRBY :: number :: Counts a number up; gives what it is then (a bigint beyond 2^53 - 1).
INCRBYFLOAT :: Text :: Adds to a number with decimals; gives it as text, since a JavaScript number would lose digits.
LCS :: Text; len => number; idx => LcsMatches :: Finds the longest subsequence that two strings share.
MGET :: (Text | null)[] :: Reads many strings, in the order of the keys; keys of any slots.
MSET :: 'OK' :: Writes many strings; keys of any slots, all or nothing only within one.
MSETEX :: number :: Writes many strings with one expiry, of any slots; with \`nx\` or \`xx\` all or none, keys of one slot. 1 if it did.
MSETNX :: number :: Writes many strings if none of the keys exists, all or none; keys of one slot. 1 if it did.
PSETEX :: 'OK' :: Writes a string that expires after some milliseconds.
SET :: 'OK' | null; bare => 'OK'; get => Text | null :: Writes a string; null where a condition was not met. With \`get\` the reply is the value before.
SETEX :: 'OK' :: Writes a string that expires after some seconds.
SETNX :: number :: Writes a string if the key does not exist; 1 if it did.
SETRANGE :: number :: Overwrites bytes of a string from an offset on; gives its new length.
STRLEN :: number :: Counts the bytes of a string.
SUBSTR :: Text :: Reads the bytes from one place to another of a string; both ends count.

COPY :: number :: Copies a value to another key of the same slot; 1 if it did.
DEL :: number :: Deletes keys of any slots; gives how many there were.
DUMP :: Buffer | null :: Serializes a value for \`restore\`; always a Buffer, since the bytes are no text.
EXISTS :: number :: Counts how many of the keys exist, in any slots; a key named twice counts twice.
EXPIRE :: number :: Lets a key expire after some seconds; 1 if it will.
EXPIREAT :: number :: Lets a key expire at a Unix time in seconds; 1 if it will.
EXPIRETIME :: number :: Tells the Unix time in seconds at which a key expires; -1 if never, -2 if there is no key.
KEYS :: Text[] :: Lists the keys of all primaries that match a glob pattern, each once. Slow on large data: prefer to scan.
MIGRATE :: 'OK' | 'NOKEY' :: Moves keys of one slot to another server.
MOVE :: number :: Moves a key to another database; 1 if it did.
OBJECT ENCODING :: Text | null :: Tells how a value is stored in memory.
OBJECT FREQ :: number | null :: Tells how often a key is used, where the server evicts by frequency.
OBJECT HELP :: string[] :: Lists what OBJECT can do.
OBJECT IDLETIME :: number | null :: Tells how many seconds a key has not been used.
OBJECT REFCOUNT :: number | null :: Counts the references to a value.
PERSIST :: number :: Lets a key never expire; 1 if it would have.
PEXPIRE :: number :: Lets a key expire after some milliseconds; 1 if it will.
PEXPIREAT :: number :: Lets a key expire at a Unix time in milliseconds; 1 if it will.
PEXPIRETIME :: number :: Tells the Unix time in milliseconds at which a key expires; -1 if never, -2 if there is no key.
PTTL :: number :: Tells how many milliseconds a key has left; -1 if it stays, -2 if there is no key.
RANDOMKEY :: Text | null :: Picks some key of the cluster; null if there is none.
RENAME :: 'OK' :: Gives a key another name of the same slot, replacing what is there.
RENAMENX :: number :: Gives a key another name of the same slot if that is free; 1 if it did.
RESTORE :: 'OK' :: Writes a value serialized by \`dump\`; it expires after \`ttlMs\` milliseconds, 0 for never.
SCAN :: ScannedKeys<Text> :: Lists some keys of one node and where to go on.
SORT :: (Text | null)[]; store => number :: Sorts a list, set or sorted set; with \`store\` writes the result and gives its length.
SORT_RO :: (Text | null)[] :: Sorts a list, set or sorted set without writing.
TOUCH :: number :: Marks keys of any slots as just used; gives how many there are.
TTL :: number :: Tells how many seconds a key has left; -1 if it stays, -2 if there is no key.
TYPE :: string :: Tells the type of a value; \`none\` if there is no key.
UNLINK :: number :: Deletes keys of any slots, freeing their memory in the background; gives how many there were.

HDEL :: number :: Deletes fields of a hash; gives how many there were.
HEXISTS :: number :: Tells whether a hash has a field: 1 or 0.
HEXPIRE :: number[] :: Lets fields of a hash expire after some seconds; per field 1 if it will, 2 if it is gone, 0 if not, -2 if there is none.
HEXPIREAT :: number[] :: Lets fields of a hash expire at a Unix time in seconds; replies as \`hexpire\`.
HEXPIRETIME :: number[] :: Tells the Unix time in seconds at which each field expires; -1 if never, -2 if there is none.
HGET :: Text | null :: Reads a field of a hash.
HGETALL :: Record<string, Text> :: Reads a hash as an object without prototype; empty if there is no key.
HGETDEL :: (Text | null)[] :: Reads fields of a hash and deletes them.
HGETEX :: (Text | null)[] :: Reads fields of a hash and sets or removes when they expire.
HINCRBY :: number :: Counts a field up; gives what it is then (a bigint beyond 2^53 - 1).
HINCRBYFLOAT :: Text :: Adds to a field with decimals; gives it as text, since a JavaScript number would lose digits.
HKEYS :: Text[] :: Lists the fields of a hash.
HLEN :: number :: Counts the fields of a hash.
HMGET :: (Text | null)[] :: Reads fields of a hash, in their order.
HMSET :: 'OK' :: Writes fields of a hash.
HPERSIST :: number[] :: Lets fields never expire; per field 1 if it would have, -1 if not, -2 if there is none.
HPEXPIRE :: number[] :: Lets fields of a hash expire after some milliseconds; replies as \`hexpire\`.
HPEXPIREAT :: number[] :: Lets fields of a hash expire at a Unix time in milliseconds; replies as \`hexpire\`.
HPEXPIRETIME :: number[] :: Tells the Unix time in milliseconds at which each field expires; -1 if never, -2 if there is none.
HPTTL :: number[] :: Tells how many milliseconds each field has left; -1 if it stays, -2 if there is none.
HRANDFIELD :: Text | null; count => Text[]; withvalues => FieldValue<Text>[] :: Picks random fields of a hash; a negative count may pick one twice.
HSCAN :: ScannedEntries<Text>; novalues => ScannedFields<Text> :: Lists some fields of a hash and where to go on.
HSET :: number :: Writes fields of a hash; gives how many are new.
HSETEX :: number :: Writes fields of a hash with one expiry, all or none; 1 if it did.
HSETNX :: number :: Writes a field of a hash if it does not exist; 1 if it did.
HSTRLEN :: number :: Counts the bytes of a field's value.
HTTL :: number[] :: Tells how many seconds each field has left; -1 if it stays, -2 if there is none.
HVALS :: Text[] :: Lists the values of a hash.

BLMOVE :: Text | null :: Moves an element between the ends of two lists of one slot, waiting for one; null when the time is up.
BLMPOP :: PoppedElements<Text> | null :: Pops elements off the first list that has any, waiting for one; null when the time is up.
BLPOP :: PoppedElement<Text> | null :: Pops the first element of the first list that has one, waiting for it; null when the time is up.
BRPOP :: PoppedElement<Text> | null :: Pops the last element of the first list that has one, waiting for it; null when the time is up.
BRPOPLPUSH :: Text | null :: Moves the last element of a list to the front of another, waiting for one; null when the time is up.
LINDEX :: Text | null :: Reads the element at a place; -1 is the last.
LINSERT :: number :: Inserts an element before or after another; gives the new length, -1 if the other is not there, 0 if there is no list.
LLEN :: number :: Counts the elements of a list.
LMOVE :: Text | null :: Moves an element between the ends of two lists of one slot.
LMPOP :: PoppedElements<Text> | null :: Pops elements off the first list that has any; null if none has.
LPOP :: Text | null; count => Text[] | null :: Pops the first element, or with a count the first ones.
LPOS :: number | null; count => number[] :: Finds where an element stands; with \`count\` all its places, 0 for all.
LPUSH :: number :: Puts elements in front of a list, one after the other; gives its new length.
LPUSHX :: number :: Puts elements in front of a list that exists; gives its new length.
LRANGE :: Text[] :: Reads the elements from one place to another; both ends count, -1 is the last.
LREM :: number :: Removes elements of one value: a count from the front, a negative one from the end, 0 all; gives how many.
LSET :: 'OK' :: Overwrites the element at a place.
LTRIM :: 'OK' :: Keeps only the elements from one place to another.
RPOP :: Text | null; count => Text[] | null :: Pops the last element, or with a count the last ones.
RPOPLPUSH :: Text | null :: Moves the last element of a list to the front of another of the same slot.
RPUSH :: number :: Puts elements at the end of a list; gives its new length.
RPUSHX :: number :: Puts elements at the end of a list that exists; gives its new length.

SADD :: number :: Adds members to a set; gives how many are new.
SCARD :: number :: Counts the members of a set.
SDIFF :: Text[] :: Lists the members of the first set that no other has; keys of one slot.
SDIFFSTORE :: number :: Writes the members of the first set that no other has; gives how many.
SINTER :: Text[] :: Lists the members that all sets have; keys of one slot.
SINTERCARD :: number :: Counts the members that all sets have, up to a limit.
SINTERSTORE :: number :: Writes the members that all sets have; gives how many.
SISMEMBER :: number :: Tells whether a set has a member: 1 or 0.
SMEMBERS :: Text[] :: Lists the members of a set.
SMISMEMBER :: number[] :: Tells for each member whether a set has it: 1 or 0.
SMOVE :: number :: Moves a member to another set of the same slot; 1 if it did.
SPOP :: Text | null; count => Text[] :: Takes random members out of a set.
SRANDMEMBER :: Text | null; count => Text[] :: Picks random members of a set; a negative count may pick one twice.
SREM :: number :: Removes members of a set; gives how many there were.
SSCAN :: ScannedMembers<Text> :: Lists some members of a set and where to go on.
SUNION :: Text[] :: Lists the members that any of the sets has; keys of one slot.
SUNIONSTORE :: number :: Writes the members that any of the sets has; gives how many.

BZMPOP :: PoppedMembers<Text> | null :: Pops members off the first sorted set that has any, waiting for one; null when the time is up.
BZPOPMAX :: PoppedMember<Text> | null :: Pops the member with the highest score of the first sorted set that has one, waiting for it; null when the time is up.
BZPOPMIN :: PoppedMember<Text> | null :: Pops the member with the lowest score of the first sorted set that has one, waiting for it; null when the time is up.
ZADD :: number; incr => number | null :: Adds members or changes their scores; gives how many are new (with \`ch\` also changed). With \`incr\` adds to the score of one and gives it.
ZCARD :: number :: Counts the members of a sorted set.
ZCOUNT :: number :: Counts the members with scores between two bounds.
ZDIFF :: Text[]; withscores => ScoredMember<Text>[] :: Lists the members of the first sorted set that no other has; keys of one slot.
ZDIFFSTORE :: number :: Writes the members of the first sorted set that no other has; gives how many.
ZINCRBY :: number :: Adds to the score of a member; gives the new score.
ZINTER :: Text[]; withscores => ScoredMember<Text>[] :: Lists the members that all sorted sets have; keys of one slot.
ZINTERCARD :: number :: Counts the members that all sorted sets have, up to a limit.
ZINTERSTORE :: number :: Writes the members that all sorted sets have; gives how many.
ZLEXCOUNT :: number :: Counts the members between two bounds of the alphabet, all scores being equal.
ZMPOP :: PoppedMembers<Text> | null :: Pops members off the first sorted set that has any; null if none has.
ZMSCORE :: (number | null)[] :: Reads the scores of members, in their order.
ZPOPMAX :: ScoredMember<Text> | null; count => ScoredMember<Text>[] :: Pops the member with the highest score, or with a count the highest ones.
ZPOPMIN :: ScoredMember<Text> | null; count => ScoredMember<Text>[] :: Pops the member with the lowest score, or with a count the lowest ones.
ZRANDMEMBER :: Text | null; count => Text[]; withscores => ScoredMember<Text>[] :: Picks random members; a negative count may pick one twice.
ZRANGE :: Text[]; withscores => ScoredMember<Text>[] :: Lists members between two ranks, scores or words; both ends count.
ZRANGEBYLEX :: Text[] :: Lists members between two bounds of the alphabet, all scores being equal.
ZRANGEBYSCORE :: Text[]; withscores => ScoredMember<Text>[] :: Lists members with scores between two bounds.
ZRANGESTORE :: number :: Writes a range of a sorted set to another key of the same slot; gives how many.
ZRANK :: number | null; withscore => RankedScore | null :: Tells the rank of a member, from the lowest score, counting from 0.
ZREM :: number :: Removes members; gives how many there were.
ZREMRANGEBYLEX :: number :: Removes members between two bounds of the alphabet; gives how many.
ZREMRANGEBYRANK :: number :: Removes members between two ranks; gives how many.
ZREMRANGEBYSCORE :: number :: Removes members with scores between two bounds; gives how many.
ZREVRANGE :: Text[]; withscores => ScoredMember<Text>[] :: Lists members between two ranks, from the highest score.
ZREVRANGEBYLEX :: Text[] :: Lists members between two bounds of the alphabet, backwards.
ZREVRANGEBYSCORE :: Text[]; withscores => ScoredMember<Text>[] :: Lists members with scores between two bounds, from the highest.
ZREVRANK :: number | null; withscore => RankedScore | null :: Tells the rank of a member, from the highest score, counting from 0.
ZSCAN :: ScannedScores<Text>; noscores => ScannedMembers<Text> :: Lists some members with scores and where to go on.
ZSCORE :: number | null :: Reads the score of a member.
ZUNION :: Text[]; withscores => ScoredMember<Text>[] :: Lists the members that any of the sorted sets has; keys of one slot.
ZUNIONSTORE :: number :: Writes the members that any of the sorted sets has; gives how many.
`;
