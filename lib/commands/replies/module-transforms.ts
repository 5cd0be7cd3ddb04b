import type { ReplyTransform } from '../command-spec.js';
import { flagReply, listOf } from './named-fields.js';
import {
  filterChunk,
  oneFactReply,
  sketchInfo,
  topListReply,
} from './sketch-replies.js';
import {
  aggregateReply,
  cursorReply,
  indexInfo,
  searchReply,
  settingsReply,
  spellingReply,
  suggestionsReply,
  synonymsReply,
} from './search-replies.js';
import {
  lastSample,
  lastSamples,
  manySamples,
  pivotReply,
  samplesReply,
  seriesInfo,
} from './series-replies.js';
import { scoreReply, scoresReply } from './score-replies.js';
import {
  jsonMatches,
  jsonNames,
  jsonNumbers,
  jsonToggled,
  jsonTypes,
} from './json-replies.js';

/** A boolean per item, which RESP2 sends as 1 or 0; errors stay what they are. */
const flagsReply = listOf((flag: unknown) =>
  typeof flag === 'boolean' ? Number(flag) : flag,
);

/** See `replyTransforms`: those of the commands of modules. */
export const moduleTransforms: Readonly<Record<string, ReplyTransform>> = {
  'JSON.ARRAPPEND': jsonMatches,
  'JSON.ARRINDEX': jsonMatches,
  'JSON.ARRINSERT': jsonMatches,
  'JSON.ARRLEN': jsonMatches,
  'JSON.ARRPOP': jsonMatches,
  'JSON.ARRTRIM': jsonMatches,
  'JSON.DEBUG': jsonMatches,
  'JSON.NUMINCRBY': jsonNumbers,
  'JSON.NUMMULTBY': jsonNumbers,
  'JSON.NUMPOWBY': jsonNumbers,
  'JSON.OBJKEYS': jsonNames,
  'JSON.OBJLEN': jsonMatches,
  'JSON.STRAPPEND': jsonMatches,
  'JSON.STRLEN': jsonMatches,
  'JSON.TOGGLE': jsonToggled,
  'JSON.TYPE': jsonTypes,

  'BF.ADD': flagReply,
  'BF.EXISTS': flagReply,
  'BF.INFO': oneFactReply,
  'BF.INSERT': flagsReply,
  'BF.MADD': flagsReply,
  'BF.MEXISTS': flagsReply,
  'BF.SCANDUMP': filterChunk,
  'CF.ADD': flagReply,
  'CF.ADDNX': flagReply,
  'CF.DEL': flagReply,
  'CF.EXISTS': flagReply,
  'CF.INFO': sketchInfo,
  'CF.INSERT': flagsReply,
  'CF.INSERTNX': flagsReply,
  'CF.MEXISTS': flagsReply,
  'CF.SCANDUMP': filterChunk,
  'CMS.INFO': sketchInfo,
  'TOPK.INFO': sketchInfo,
  'TOPK.LIST': topListReply,
  'TOPK.QUERY': flagsReply,
  'TDIGEST.BYRANK': scoresReply,
  'TDIGEST.BYREVRANK': scoresReply,
  'TDIGEST.CDF': scoresReply,
  'TDIGEST.INFO': sketchInfo,
  'TDIGEST.MAX': scoreReply,
  'TDIGEST.MIN': scoreReply,
  'TDIGEST.QUANTILE': scoresReply,
  'TDIGEST.TRIMMED_MEAN': scoreReply,

  'TS.GET': lastSample,
  'TS.INFO': seriesInfo,
  'TS.MADD': flagsReply,
  'TS.MGET': lastSamples,
  'TS.MRANGE': manySamples,
  'TS.MREVRANGE': manySamples,
  'TS.NRANGE': pivotReply,
  'TS.NREVRANGE': pivotReply,
  'TS.RANGE': samplesReply,
  'TS.READ': samplesReply,
  'TS.REVRANGE': samplesReply,

  'FT.AGGREGATE': aggregateReply,
  'FT.CONFIG GET': settingsReply,
  'FT.CURSOR READ': cursorReply,
  'FT.INFO': indexInfo,
  'FT.SEARCH': searchReply,
  'FT.SPELLCHECK': spellingReply,
  'FT.SUGGET': suggestionsReply,
  'FT.SYNDUMP': synonymsReply,
};
