// JSON documents: see modules.mjs for the form.
export const JSON_DOCUMENTS = {
  interface: ['documents', 'JsonCommands', 'JSON documents.', 'json'],
  lines: `
JSON.ARRAPPEND :: key:key path:value values:json[] :: O(N) :: (number | null)[] | null :: Appends values to arrays; gives their new lengths, null where the path meets no array.
JSON.ARRINDEX :: key:key path:value value:json start:integer~0 stop:integer~0 :: O(N) :: (number | null)[] | null :: Finds the first place of a value in arrays; -1 where there is none, null where the path meets no array.
JSON.ARRINSERT :: key:key path:value index:integer values:json[] :: O(N) :: (number | null)[] | null :: Inserts values into arrays before a place; gives their new lengths, null where the path meets no array.
JSON.ARRLEN :: key:key path:value~$ :: O(1) :: (number | null)[] | null :: Counts the elements of arrays; null where the path meets no array.
JSON.ARRPOP :: key:key path:value~$ index:integer~-1 :: O(N) :: (Text | null)[] | null :: Removes an element of arrays and gives it as JSON text; null where an array is empty or the path meets none.
JSON.ARRTRIM :: key:key path:value start:integer stop:integer :: O(N) :: (number | null)[] | null :: Keeps only the elements from one place to another; gives the new lengths, null where the path meets no array.
JSON.CLEAR :: key:key path:value~$ :: O(N) :: number :: Empties arrays and objects and sets numbers to 0; gives how many values changed.
JSON.DEBUG :: 'MEMORY' key:key path:value~$ :: O(N) :: (number | null)[] | null :: Tells how many bytes values take (JSON.DEBUG MEMORY).
JSON.DEL :: key:key path:value~$ :: O(N) :: number :: Deletes values, at the root the whole key; gives how many.
JSON.FORGET :: key:key path:value~$ :: O(N) :: number :: The same as JSON.DEL.
JSON.GET :: key:key ?indent:value ?newline:value ?space:value paths:value[]~. :: O(N) :: Text | null :: Reads a document as JSON text, or what paths find in it: one \`$\` path gives a JSON array of all matches, several an object of them by path. Null if there is no such key.
JSON.MERGE :: key:key path:value value:json :: O(M+N) :: 'OK' | null :: Merges a value into a document as RFC 7396 has it: null deletes, arrays are replaced.
JSON.MGET :: keys:key[] path:value :: O(M*N) :: (Text | null)[] :: Reads one path of many documents, in the order of the keys; keys of any slots. Null where there is no such key or match.
JSON.MSET :: entries:{key:key,path:value,value:json}[] :: O(K*(M+N)) :: 'OK' :: Writes many values; keys of any slots, all or nothing only within one.
JSON.NUMINCRBY :: key:key path:value increment:double :: O(N) :: (number | null)[] :: Adds to numbers; gives what they are then, null where the path meets no number.
JSON.NUMMULTBY :: key:key path:value factor:double :: O(N) :: (number | null)[] :: Multiplies numbers; gives what they are then, null where the path meets no number.
JSON.NUMPOWBY :: key:key path:value exponent:double :: O(N) :: (number | null)[] :: Raises numbers to a power; gives what they are then, null where the path meets no number.
JSON.OBJKEYS :: key:key path:value~$ :: O(N) :: (Text[] | null)[] | null :: Lists the names in objects; null where the path meets no object.
JSON.OBJLEN :: key:key path:value~$ :: O(1) :: (number | null)[] | null :: Counts the names in objects; null where the path meets no object.
JSON.RESP :: key:key path:value~$ :: O(N) :: unknown :: Reads values as nested lists that begin with \`{\` or \`[\`.
JSON.SET :: key:key path:value value:json ?(nx|xx) :: O(M+N) :: 'OK' | null :: Writes a value; null where a condition was not met or the path meets nothing.
JSON.STRAPPEND :: key:key path:value value:json :: O(1) :: (number | null)[] | null :: Appends to strings; gives their new lengths, null where the path meets no string.
JSON.STRLEN :: key:key path:value~$ :: O(1) :: (number | null)[] | null :: Tells how long strings are; null where the path meets no string.
JSON.TOGGLE :: key:key path:value :: O(N) :: (number | null)[] :: Turns booleans over; 1 for those that are true then, 0 for false, null where the path meets no boolean.
JSON.TYPE :: key:key path:value~$ :: O(1) :: Text[] | null :: Tells the types of values: \`object\`, \`array\`, \`string\`, \`integer\`, \`number\`, \`boolean\` or \`null\`.
`,
  objectTypes: {
    'JSON.MSET entries': [
      'JsonEntry',
      'A value with the key and the path it is written to.',
    ],
  },
  optionDocs: `
JsonEntry.key | The key.
JsonEntry.path | Where in its document; \`$\` is all of it.
JsonEntry.value | JSON text, or what \`JSON.stringify\` makes JSON text of.
JSON.* indent | What lines are indented by for each level.
JSON.* newline | What ends lines.
JSON.* space | What stands behind the colon of a name.
JSON.* nx | Only if there is nothing at the path yet.
JSON.* xx | Only if there is something at the path already.
`,
  parameterDocs: `
JSON.* path | begins with \`$\`, where optional \`$\` by default; one of the old kind (\`.a\`) counts as one match
JSON.MGET path | begins with \`$\`, so that each text is a JSON array of matches; one of the old kind (\`.a\`) gives one value
JSON.GET paths | the whole document by default, as it was written
JSON.* value | JSON text, or what \`JSON.stringify\` makes JSON text of
JSON.STRAPPEND value | a JSON string, with its quotes: \`'"more"'\`
JSON.* values | JSON texts, or what \`JSON.stringify\` makes JSON text of; to give one array, put it into another
JSON.* entries | done in their order
JSON.ARRPOP index | the last one (-1) by default
JSON.ARRINDEX stop | the end (0) by default; it does not count itself
`,
};
