// Search: see modules.mjs for the form.
const TEXT =
  '?weight:double ?nostem ?phonetic:value ?withsuffixtrie'.replaceAll(' ', ',');
const TYPES = [
  `text:{${TEXT}}`,
  'tag:{?separator:value,?casesensitive,?withsuffixtrie}',
  'numeric',
  'geo',
  'geoshape:{?(flat|spherical)}',
  'vector:{algorithm:flat/hnsw/svs-vamana,attributes:##value=value}',
].join('|');
const FIELDS = `{name:value,?as:value,!(${TYPES}),?indexempty,?indexmissing,?sortable:{?unf},?noindex}[]`;
const REDUCER = '{function:value,args:#value[]?,?as:value}';
const STEPS = `{!(groupby:{properties:#value[]?,?reduce:${REDUCER}+}|sortby:{properties:#value[],?max:integer}|apply:{expression:value,'AS',as:value}|limit:{offset:integer,count:integer}|filter:value)}[]?`;
const LOAD = "?(load:#value[]|loadAll@LOAD:{'*'})";
const ENDING = '?params:##value=value ?dialect:integer';

export const SEARCH = {
  interface: [
    'search',
    'SearchCommands',
    'Indexes of hashes and JSON documents, and queries of them.',
    'search',
  ],
  lines: `
FT.AGGREGATE :: index:value query:value ?verbatim ${LOAD} ?timeout:integer steps:${STEPS} ?withcursor:{?count:integer,?maxidle:integer} ?scorer:value ?addscores ${ENDING} :: O(N) :: AggregateRows<Text>; withcursor => AggregateCursor<Text> :: Groups, sorts and computes what a query finds. A cursor belongs to the node that was asked: name it with \`client.at({ node })\`, here and for \`ftCursorRead\`.
FT.ALIASADD :: alias:value index:value :: O(1) :: 'OK' :: Gives an index a second name.
FT.ALIASDEL :: alias:value :: O(1) :: 'OK' :: Takes a second name away.
FT.ALIASLIST :: index:value :: O(N) :: Text[] :: Lists the second names of an index.
FT.ALIASUPDATE :: alias:value index:value :: O(1) :: 'OK' :: Gives an index a second name, which another one may have now.
FT.ALTER :: index:value ?skipinitialscan 'SCHEMA' 'ADD' fields:${FIELDS} :: O(N) :: 'OK' :: Adds fields to an index.
FT.CONFIG GET :: option:text :: O(1) :: Record<string, Text | null> :: Reads settings of the search module from one primary; deprecated by its server for CONFIG GET.
FT.CONFIG HELP :: option:text :: O(1) :: unknown :: Explains settings of the search module.
FT.CONFIG SET :: option:value value:value :: O(1) :: 'OK' :: Changes a setting of the search module on all primaries; deprecated by its server for CONFIG SET.
FT.CREATE :: index:value ?on:hash/json ?indexall:enable/disable ?prefix:#value[] ?filter:value ?language:value ?languageField@LANGUAGE_FIELD:value ?score:double ?scoreField@SCORE_FIELD:value ?payloadField@PAYLOAD_FIELD:value ?maxtextfields ?temporary:integer ?nooffsets ?nohl ?nofields ?nofreqs ?stopwords:#value[] ?skipinitialscan 'SCHEMA' fields:${FIELDS} :: O(N) :: 'OK' :: Makes an index of hashes or JSON documents, on all shards.
FT.CURSOR DEL :: index:value cursor:text :: O(1) :: 'OK' :: Ends a cursor.
FT.CURSOR READ :: index:value cursor:text ?count:integer :: O(1) :: AggregateCursor<Text> :: Reads on where \`ftAggregate\` with a cursor stopped.
FT.DICTADD :: dictionary:value terms:value[] :: O(1) :: number :: Adds terms to a dictionary; gives how many are new.
FT.DICTDEL :: dictionary:value terms:value[] :: O(1) :: number :: Removes terms from a dictionary; gives how many there were.
FT.DICTDUMP :: dictionary:value :: O(N) :: Text[] :: Lists the terms of a dictionary.
FT.DROPINDEX :: index:value ?dd :: O(1) :: 'OK' :: Removes an index; with \`dd\` its documents too.
FT.EXPLAIN :: index:value query:value ?dialect:integer :: O(1) :: Text :: Shows how a query is understood.
FT.EXPLAINCLI :: index:value query:value ?dialect:integer :: O(1) :: Text[] :: The same as FT.EXPLAIN, line by line.
FT.HYBRID :: index:value 'SEARCH' query:value 'VSIM' field:value vector:value args:value[]? :: O(N+M) :: unknown :: Ranks by text and by vector at once. What stands behind the vector are words as the server has them; the reply is as it is sent.
FT.INFO :: index:value :: O(1) :: SearchIndexInfo :: Tells what an index is like.
FT.PROFILE :: index:value kind:search/aggregate/hybrid ?limited 'QUERY' query:value args:value[]? :: O(N) :: unknown :: Runs a query and tells what took how long; the reply is as it is sent.
FT.SEARCH :: index:value query:value ?nocontent ?verbatim ?nostopwords ?withscores ?withpayloads ?withsortkeys ?filter:{field:value,min:bound,max:bound}+ ?geofilter:{field:value,longitude:double,latitude:double,radius:double,unit:m/km/mi/ft}+ ?inkeys:#value[] ?infields:#value[] ?return:#value[] ?summarize:{?fields:#value[],?frags:integer,?len:integer,?separator:value} ?highlight:{?fields:#value[],?tags:{open:value,close:value}} ?slop:integer ?timeout:integer ?inorder ?language:value ?expander:value ?scorer:value ?explainscore ?payload:value ?sortby:{field:value,?(asc|desc),?withcount} ?limit:{offset:integer,count:integer} ${ENDING} :: O(N) :: SearchReply<Text> :: Finds documents on all shards.
FT.SPELLCHECK :: index:value query:value ?distance:integer ?terms:{inclusion:include/exclude,dictionary:value,terms:value[]?}+ ?dialect:integer :: O(1) :: SpellingSuggestions[] :: Suggests terms for those of a query that an index does not know.
FT.SUGADD :: key:key string:value score:double ?incr ?payload:value :: O(1) :: number :: Adds a suggestion; gives how many there are.
FT.SUGDEL :: key:key string:value :: O(1) :: number :: Removes a suggestion; 1 if there was one.
FT.SUGGET :: key:key prefix:value ?fuzzy ?withscores ?withpayloads ?max:integer :: O(1) :: Text[]; withscores => Suggestion<Text>[]; withpayloads => Suggestion<Text>[] :: Finds suggestions that begin with a text, the best first.
FT.SUGLEN :: key:key :: O(1) :: number :: Counts suggestions.
FT.SYNDUMP :: index:value :: O(1) :: Record<string, Text[]> :: Lists the terms that have synonyms, with their groups.
FT.SYNUPDATE :: index:value group:value ?skipinitialscan terms:value[] :: O(1) :: 'OK' :: Adds terms to a group of synonyms.
FT.TAGVALS :: index:value field:value :: O(N) :: Text[] :: Lists the values of a tag field; deprecated by its server.
FT._LIST ::  :: O(1) :: Text[] :: Lists all indexes.
`,
  objectTypes: {
    'FT.CREATE fields': ['IndexField', 'A field of an index.'],
    'FT.ALTER fields': ['IndexField', 'A field of an index.'],
    'FT.AGGREGATE steps': [
      'AggregateStep',
      'One thing to do with rows; they are done in their order.',
    ],
  },
  optionDocs: `
IndexField.name | The field of the hash, or the path in the JSON document (\`$.title\`).
IndexField.as | What queries call it.
IndexField.text | Words to be found.
IndexField.text.weight | What a match counts for; 1 by default.
IndexField.text.nostem | Without finding other forms of a word.
IndexField.text.phonetic | Also by sound: \`dm:en\`, \`dm:fr\`, \`dm:pt\` or \`dm:es\`.
IndexField.text.withsuffixtrie | Faster for parts of words, with more memory.
IndexField.tag | Whole values to be found.
IndexField.tag.separator | What separates the tags of a field; a comma by default.
IndexField.tag.casesensitive | Keep upper and lower case apart.
IndexField.tag.withsuffixtrie | Faster for parts of tags, with more memory.
IndexField.numeric | Numbers.
IndexField.geo | Places: longitude and latitude as text.
IndexField.geoshape | Shapes as well-known text.
IndexField.geoshape.flat | On a plane.
IndexField.geoshape.spherical | On Earth (the default).
IndexField.vector | Vectors.
IndexField.vector.algorithm | How they are searched.
IndexField.vector.attributes | Such as \`{ TYPE: 'FLOAT32', DIM: 768, DISTANCE_METRIC: 'COSINE' }\`.
IndexField.indexempty | Find empty values too.
IndexField.indexmissing | Let queries find documents without the field.
IndexField.sortable | Sort by it fast.
IndexField.sortable.unf | As it is, without folding upper and lower case.
IndexField.noindex | Do not search it.
AggregateStep.groupby | One row per value, or combination of values, of properties.
AggregateStep.groupby.properties | Such as \`@city\`; one row of all without any.
AggregateStep.groupby.reduce | What to compute of the rows of a group.
AggregateStep.groupby.reduce.function | \`COUNT\`, \`SUM\`, \`AVG\`, \`MIN\`, \`MAX\`, \`TOLIST\` and others.
AggregateStep.groupby.reduce.args | What it computes with, such as \`@price\`.
AggregateStep.groupby.reduce.as | What the result is called.
AggregateStep.sortby | Sort rows.
AggregateStep.sortby.properties | In turn, each with \`ASC\` or \`DESC\` behind it: \`['@price', 'DESC']\`.
AggregateStep.sortby.max | Sort no more than the first so many.
AggregateStep.apply | Compute a property of each row.
AggregateStep.apply.expression | Such as \`@price * 2\`.
AggregateStep.apply.as | What it is called.
AggregateStep.limit | Skip some, then take some.
AggregateStep.limit.offset | How many to skip.
AggregateStep.limit.count | How many to take.
AggregateStep.filter | Keep only rows an expression is true for.
FT.* verbatim | Without finding other forms of words.
FT.* load | Properties to read of documents, such as \`@title\`.
FT.* loadAll | All properties of documents.
FT.* timeout | How long it may take, in milliseconds.
FT.* withcursor | Give some rows, and a cursor for the others.
FT.* withcursor.count | How many rows each time.
FT.* withcursor.maxidle | After how many idle milliseconds it ends.
FT.* scorer | How scores are computed.
FT.* addscores | Let expressions use \`@__score\`.
FT.* params | What stands for \`$name\` in the query, as an object, a Map or an array of pairs.
FT.* dialect | The version of the query language.
FT.* skipinitialscan | Leave the documents that are there alone.
FT.* on | What is indexed; \`hash\` by default.
FT.* indexall | Keep a list of all documents, for queries that need it.
FT.* prefix | Only keys that begin so.
FT.CREATE filter | Only documents an expression is true for.
FT.* language | The language of the text.
FT.* languageField | The field that holds the language of a document.
FT.* score | The score of documents, from 0 to 1.
FT.* scoreField | The field that holds the score of a document.
FT.* payloadField | The field that holds the payload of a document.
FT.* maxtextfields | Make room for more than 32 text fields.
FT.* temporary | Remove the index when it was not used for so many seconds.
FT.* nooffsets | Forget where in a document a term is: no exact phrases.
FT.* nohl | Do not prepare highlighting.
FT.* nofields | Forget in which field a term is.
FT.* nofreqs | Forget how often a term occurs.
FT.* stopwords | Words that are not indexed, instead of the usual ones.
FT.* dd | Delete the documents too.
FT.* limited | Leave details out.
FT.* count | How many rows at most.
FT.* nocontent | Give the keys alone.
FT.* nostopwords | Search for stop words too.
FT.* withscores | Give the scores too.
FT.* withpayloads | Give the payloads too.
FT.* withsortkeys | Give what documents are sorted by too.
FT.* filter | Only documents with numbers of a range; \`(1\` leaves 1 out.
FT.* filter.field | The field.
FT.* filter.min | The smallest one.
FT.* filter.max | The greatest one.
FT.* geofilter | Only documents around a place.
FT.* geofilter.field | The field.
FT.* geofilter.longitude | Degrees east.
FT.* geofilter.latitude | Degrees north.
FT.* geofilter.radius | How far.
FT.* geofilter.unit | Of the radius.
FT.* inkeys | Only these documents.
FT.* infields | Search these fields alone.
FT.* return | Give these fields alone.
FT.* summarize | Give the parts of fields that fit.
FT.* summarize.fields | Of these fields.
FT.* summarize.frags | How many parts; 3 by default.
FT.* summarize.len | How many words of each; 20 by default.
FT.* summarize.separator | What separates them.
FT.* highlight | Mark the terms that were found.
FT.* highlight.fields | In these fields.
FT.* highlight.tags | What to mark them with; \`<b>\` and \`</b>\` by default.
FT.* highlight.tags.open | Before a term.
FT.* highlight.tags.close | Behind it.
FT.* slop | How many words may stand between the terms of a phrase.
FT.* inorder | Terms in the order of the query.
FT.* expander | What finds other forms of words.
FT.* explainscore | Explain the scores; with \`withscores\`.
FT.SEARCH payload | Handed to the scorer.
FT.* sortby | Sort by a field.
FT.* sortby.field | The field.
FT.* sortby.asc | From small to large (the default).
FT.* sortby.desc | From large to small.
FT.* sortby.withcount | Count all documents that fit exactly.
FT.* limit | Skip some, then take some; the first 10 by default.
FT.* limit.offset | How many to skip.
FT.* limit.count | How many to take.
FT.* distance | How many letters may differ, 1 to 4; 1 by default.
FT.* terms | Dictionaries to take terms from, or to leave terms out of.
FT.* terms.inclusion | Which of both.
FT.* terms.dictionary | The dictionary.
FT.* terms.terms | These terms alone.
FT.* incr | Add to the score instead of setting it.
FT.SUGADD payload | Kept with it.
FT.* fuzzy | Allow one letter to differ.
FT.* max | How many at most; 5 by default.
`,
  parameterDocs: `
FT.* query | in the query language, such as \`@title:hello @year:[2000 2010]\`; \`*\` for all
FT.* cursor | that of the reply before, on the same node
FT.* steps | done in their order
FT.* fields | what to index
FT.* option | its name; \`*\` for all
FT.CONFIG SET option | its name
FT.HYBRID field | of vectors, such as \`@embedding\`
FT.HYBRID vector | the name of a parameter that holds it, such as \`$vector\`
FT.HYBRID args | such as \`['KNN', 2, 'K', 10, 'PARAMS', 2, 'vector', bytes]\`
FT.PROFILE args | more words of the query, as the server has them
FT.SUGADD score | what it counts for
`,
};
