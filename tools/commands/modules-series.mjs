// Time series: see modules.mjs for the form.
const AGGREGATORS =
  'avg/sum/min/max/range/count/countnan/countall/first/last/std.p/std.s/var.p/var.s/twa';
const POLICIES = 'block/first/last/min/max/sum';
const STORED =
  '?retention:integer ?encoding:compressed/uncompressed ?chunkSize@CHUNK_SIZE:integer';
const POLICY = `?duplicatePolicy@DUPLICATE_POLICY:${POLICIES}`;
const TAIL =
  '?ignore:{maxTimeDiff:integer,maxValDiff:double} ?labels:value=value';
const RANGE = 'from:value~- to:value~+';
const FILTERS =
  '?latest ?filterByTs@FILTER_BY_TS:integer[] ?filterByValue@FILTER_BY_VALUE:{min:double,max:double}';
const LABELS = '?(withlabels|selectedLabels@SELECTED_LABELS:value[])';
const BUCKETS = 'bucketDuration:integer,?buckettimestamp:start/mid/end,?empty';
const AGGREGATION = `?count:integer ?align:value ?aggregation:{aggregator:${AGGREGATORS},${BUCKETS}}`;
const PIVOT = `keys:#key[] from:value to:value ${FILTERS} ?count:integer ?align:value ?aggregation:{aggregators:value[],${BUCKETS}}`;
const GROUPS =
  "?groupby:{label:value,'REDUCE',reducer:avg/sum/min/max/range/count/std.p/std.s/var.p/var.s}";
const MANY = `from:value to:value ${FILTERS} ${LABELS} ${AGGREGATION} 'FILTER' filters:value[] ${GROUPS}`;

export const TIME_SERIES = {
  interface: [
    'time-series',
    'TimeSeriesCommands',
    'Time series: numbers by time.',
    'timeseries',
  ],
  lines: `
TS.ADD :: key:key timestamp:value value:double ${STORED} ${POLICY} ?onDuplicate@ON_DUPLICATE:${POLICIES} ${TAIL} :: O(M) :: number :: Adds a sample to a time series, which is made if there is none; gives its timestamp.
TS.ALTER :: key:key ?retention:integer ?chunkSize@CHUNK_SIZE:integer ${POLICY} ${TAIL} :: O(N) :: 'OK' :: Changes how a time series is kept; given labels replace all it has.
TS.CREATE :: key:key ${STORED} ${POLICY} ${TAIL} :: O(1) :: 'OK' :: Makes a time series.
TS.CREATERULE :: source:key destination:key 'AGGREGATION' aggregator:${AGGREGATORS} bucketDuration:integer alignTimestamp:integer? :: O(1) :: 'OK' :: Lets samples be aggregated into another time series of the same slot, which must exist.
TS.DECRBY :: key:key subtrahend:double ?timestamp:value ${STORED} ${POLICY} ${TAIL} :: O(M) :: number :: Adds a sample that is the last one less a number; gives its timestamp.
TS.DEL :: key:key from:value to:value :: O(N) :: number :: Deletes the samples of a range; both ends count. Gives how many.
TS.DELETERULE :: source:key destination:key :: O(1) :: 'OK' :: Ends what \`tsCreaterule\` began.
TS.GET :: key:key ?latest :: O(1) :: TimeSeriesSample | null :: Reads the last sample; null if there is none.
TS.INCRBY :: key:key addend:double ?timestamp:value ${STORED} ${POLICY} ${TAIL} :: O(M) :: number :: Adds a sample that is the last one plus a number; gives its timestamp.
TS.INFO :: key:key ?debug :: O(1) :: TimeSeriesInfo :: Tells what a time series is like.
TS.MADD :: samples:{key:key,timestamp:value,value:double}[] :: O(N*M) :: (number | ReplyError)[] :: Adds samples to time series of one slot, which must exist; gives their timestamps, an error for each that was refused.
TS.MGET :: ?latest ${LABELS} 'FILTER' filters:value[] :: O(n) :: LabelledSample[] :: Reads the last samples of the time series whose labels fit.
TS.MRANGE :: ${MANY} :: O(n/m+k) :: LabelledSamples[] :: Reads the samples of a range of all time series whose labels fit, on all shards.
TS.MREVRANGE :: ${MANY} :: O(n/m+k) :: LabelledSamples[] :: The same as TS.MRANGE, the newest samples first.
TS.NRANGE :: ${PIVOT} :: O(n*(m/c+k)) :: PivotedSamples[] :: Reads the samples of a range of several time series of one slot, side by side: per timestamp a value of each, NaN where it has none.
TS.NREVRANGE :: ${PIVOT} :: O(n*(m/c+k)) :: PivotedSamples[] :: The same as TS.NRANGE, the newest timestamps first.
TS.QUERYINDEX :: filters:value[] :: O(n) :: Text[] :: Lists the time series whose labels fit.
TS.QUERYLABELS :: !(labels|values:value) ?filter:value[] :: O(n) :: Text[] :: Lists the names of labels, or the values of one, of the time series whose labels fit.
TS.RANGE :: key:key ${RANGE} ${FILTERS} ${AGGREGATION} :: O(n/m+k) :: TimeSeriesSample[] :: Reads the samples of a range; both ends count.
TS.READ :: key:key timestamp:value ?block:{timeout:integer,minCount:integer} ?maxCount@MAX_COUNT:integer :: O(log(n)+k) :: TimeSeriesSample[] :: Reads the samples from a timestamp on, the oldest first; with \`block\` it waits until there are enough, or its time is up.
TS.REVRANGE :: key:key ${RANGE} ${FILTERS} ${AGGREGATION} :: O(n/m+k) :: TimeSeriesSample[] :: Reads the samples of a range, the newest first; both ends count.
`,
  objectTypes: {
    'TS.MADD samples': [
      'SampleInput',
      'A sample with the time series it is added to.',
    ],
  },
  optionDocs: `
SampleInput.key | The time series.
SampleInput.timestamp | Unix time in milliseconds, or \`*\` for the time of the server.
SampleInput.value | The value.
TS.* retention | How many milliseconds samples are kept, counted from the newest; 0 for ever.
TS.* encoding | How samples are stored; \`compressed\` by default.
TS.* chunkSize | How many bytes a chunk of samples takes; 4096 by default.
TS.* duplicatePolicy | What becomes of a second sample at a timestamp; \`block\` refuses it.
TS.* onDuplicate | The same, for this sample alone.
TS.* ignore | Leave out samples that hardly differ from the last one; with \`duplicatePolicy: 'last'\` only.
TS.* ignore.maxTimeDiff | By no more than so many milliseconds.
TS.* ignore.maxValDiff | And by no more than this value.
TS.* labels | Names and values to find it by, as an object, a Map or an array of pairs.
TS.* timestamp | Unix time in milliseconds; the time of the server by default.
TS.* latest | Of compactions: also what is not yet complete.
TS.* debug | Tell of its chunks too.
TS.* filterByTs | Only samples at these timestamps.
TS.* filterByValue | Only samples with such values; both ends count.
TS.* filterByValue.min | The smallest one.
TS.* filterByValue.max | The greatest one.
TS.* withlabels | Give all labels too.
TS.* selectedLabels | Give these labels too.
TS.* count | How many samples of each time series, or buckets, at most.
TS.* align | The timestamp that buckets begin at: a Unix time in milliseconds, \`start\` or \`end\`.
TS.* aggregation | Give one value per bucket of time.
TS.* aggregation.aggregator | What becomes of the samples of a bucket.
TS.* aggregation.aggregators | Per key what becomes of the samples of a bucket: \`avg\`, or several as \`avg,max\`.
TS.* aggregation.bucketDuration | How many milliseconds a bucket takes.
TS.* aggregation.buckettimestamp | Which of its times stands for a bucket; \`start\` by default.
TS.* aggregation.empty | Give buckets without samples too.
TS.* groupby | Make one time series of all with the same value of a label.
TS.* groupby.label | The label.
TS.* groupby.reducer | What becomes of their samples at a timestamp.
TS.QUERYLABELS labels | The names of labels.
TS.QUERYLABELS values | The values of this label.
TS.QUERYLABELS filter | Of the time series whose labels fit, such as \`area=north\`; of all by default.
TS.* block | Wait for samples.
TS.* block.timeout | How long, in milliseconds; 0 for ever.
TS.* block.minCount | How many there have to be.
TS.* maxCount | How many at most.
`,
  parameterDocs: `
TS.* timestamp | Unix time in milliseconds, or \`*\` for the time of the server
TS.READ timestamp | Unix time in milliseconds of the first sample that counts
TS.* from | Unix time in milliseconds, or \`-\` for the first sample
TS.* to | Unix time in milliseconds, or \`+\` for the last sample
TS.* filters | what labels have to be, such as \`area=north\`, \`area!=north\` or \`area=(north,south)\`; one at least has to be an \`=\`
TS.* bucketDuration | how many milliseconds a bucket takes
TS.* alignTimestamp | a Unix time in milliseconds that a bucket begins at
TS.* samples | done in their order
`,
};
