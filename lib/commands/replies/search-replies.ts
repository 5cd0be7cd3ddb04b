import type { Argument, ReplyTransform } from '../command-spec.js';
import { dataMap, mapEntries, namedFields } from './named-fields.js';
import { hasToken, scoreOf, textOf, type ReplyText } from './reply-text.js';

/** A document that a query found. @publicApi */
export interface FoundDocument<Text = string> {
  /** Its key. */
  readonly id: string;
  /** Its fields, of a JSON document under `$`; none with `nocontent`. */
  readonly fields: Record<string, Text>;
  /** Its score; with `withscores`. */
  readonly score?: number;
  /** How the score came about, as the server sends it; with `explainscore`. */
  readonly explanation?: unknown;
  /** Its payload; with `withpayloads`. */
  readonly payload?: Text | null;
  /** What it was sorted by, with `$` or `#` before it; with `withsortkeys`. */
  readonly sortKey?: Text | null;
}

/** What a query found. @publicApi */
export interface SearchReply<Text = string> {
  /** How many documents fit; also those that are not given. */
  readonly total: number;
  /** Documents, in their order. */
  readonly documents: FoundDocument<Text>[];
}

/** What an aggregation computed. @publicApi */
export interface AggregateRows<Text = string> {
  /** What the server counts; no more than an estimate. */
  readonly total: number;
  /** The rows; a property that was made a list (`TOLIST`) is one. */
  readonly rows: Record<string, Text | Text[]>[];
}

/** Some rows of an aggregation. @publicApi */
export interface AggregateCursor<Text = string> extends AggregateRows<Text> {
  /** For `ftCursorRead` on the same node; 0 when there are no more rows. */
  readonly cursor: number;
}

/** What an index is like. Servers tell more, each its own. @publicApi */
export interface SearchIndexInfo {
  /** Its name. */
  readonly indexName: string;
  /** How many documents it has. */
  readonly numDocs: number;
  /** How many different terms. */
  readonly numTerms: number;
  /** How many entries. */
  readonly numRecords: number;
  /** 1 while documents that were there before are indexed. */
  readonly indexing: number;
  /** How many of them are done, from 0 to 1. */
  readonly percentIndexed: number;
  /** Anything else: numbers as numbers, lists and maps as they are sent. */
  readonly [name: string]: unknown;
}

/** A term that a misspelled one may stand for. @publicApi */
export interface SuggestedTerm {
  /** The term. */
  readonly term: string;
  /** In which part of the documents it is. */
  readonly score: number;
}

/** Terms that a misspelled one may stand for. @publicApi */
export interface SpellingSuggestions {
  /** The term of the query. */
  readonly term: string;
  /** What it may stand for, the most likely first. */
  readonly suggestions: SuggestedTerm[];
}

/** A suggestion. @publicApi */
export interface Suggestion<Text = string> {
  /** The suggestion. */
  readonly suggestion: Text;
  /** Its score; with `withscores`. */
  readonly score?: number;
  /** What is kept with it; with `withpayloads`. */
  readonly payload?: Text | null;
}

const itself = (value: unknown): unknown => value;

/** RESP2 has the count before the rows; RESP3 names them (`total_results`, `results`). */
const isFlat = (reply: unknown): reply is [total: number, ...rows: unknown[]] =>
  Array.isArray(reply) && typeof reply[0] === 'number';

/** FT.SEARCH. */
export const searchReply: ReplyTransform = (reply, args) => {
  if (isFlat(reply)) return flatDocuments(reply, args);
  const named = namedFields(reply);
  const results = (named['results'] ?? []) as unknown[];
  return {
    total: named['totalResults'],
    documents: results.map((result) => namedDocument(result, args)),
  };
};

/** RESP2: per document its key, what was asked for, its fields. */
function flatDocuments(
  [total, ...words]: readonly unknown[],
  args: readonly Argument[],
): SearchReply<ReplyText> {
  const documents: FoundDocument<ReplyText>[] = [];
  const has = optionsOf(args);
  let at = 0;
  while (at < words.length) {
    const id = textOf(words[at++]);
    documents.push({
      id,
      ...(has.scores ? scored(words[at++]) : {}),
      ...(has.payloads ? { payload: words[at++] as ReplyText | null } : {}),
      ...(has.sortKeys ? { sortKey: words[at++] as ReplyText | null } : {}),
      fields: fieldsOf(has.content ? words[at++] : null),
    });
  }
  return { total: total as number, documents };
}

/** RESP3: a map per document. */
function namedDocument(
  result: unknown,
  args: readonly Argument[],
): FoundDocument<ReplyText> {
  const document = namedFields(result);
  const has = optionsOf(args);
  return {
    id: textOf(document['id']),
    ...(has.scores ? scored(document['score']) : {}),
    ...(has.payloads
      ? { payload: (document['payload'] ?? null) as ReplyText | null }
      : {}),
    ...(has.sortKeys
      ? { sortKey: (document['sortkey'] ?? null) as ReplyText | null }
      : {}),
    fields: fieldsOf(has.content ? document['extraAttributes'] : null),
  };
}

const optionsOf = (args: readonly Argument[]) => ({
  content: !hasToken(args, 2, 'NOCONTENT') && !returnsNothing(args),
  scores: hasToken(args, 2, 'WITHSCORES'),
  payloads: hasToken(args, 2, 'WITHPAYLOADS'),
  sortKeys: hasToken(args, 2, 'WITHSORTKEYS'),
});

/** RETURN 0 is another word for NOCONTENT. */
function returnsNothing(args: readonly Argument[]): boolean {
  return args.some(
    (word, index) =>
      index > 1 &&
      String(word).toUpperCase() === 'RETURN' &&
      String(args[index + 1]) === '0',
  );
}

/** A score, or with EXPLAINSCORE a score and its explanation. */
function scored(score: unknown): { score: number; explanation?: unknown } {
  return Array.isArray(score)
    ? { score: scoreOf(score[0]), explanation: score[1] as unknown }
    : { score: scoreOf(score) };
}

const fieldsOf = (fields: unknown): Record<string, ReplyText> =>
  dataMap(fields, (value) => value as ReplyText);

/** FT.AGGREGATE, FT.CURSOR READ: rows, with a cursor behind them. */
export const aggregateReply: ReplyTransform = (reply, args) => {
  if (!hasToken(args, 2, 'WITHCURSOR')) return rowsOf(reply);
  return cursorReply(reply, args);
};

/** FT.CURSOR READ. */
export const cursorReply: ReplyTransform = (reply) => {
  const [rows, cursor] = reply as unknown[];
  return { ...rowsOf(rows), cursor };
};

const rowOf = (fields: unknown): Record<string, ReplyText | ReplyText[]> =>
  dataMap(fields, (value) => value as ReplyText | ReplyText[]);

function rowsOf(reply: unknown): AggregateRows<ReplyText> {
  if (isFlat(reply)) {
    const [total, ...rows] = reply;
    return { total, rows: rows.map(rowOf) };
  }
  const named = namedFields(reply);
  const results = (named['results'] ?? []) as unknown[];
  return {
    total: named['totalResults'] as number,
    rows: results.map((result) =>
      rowOf(namedFields(result)['extraAttributes']),
    ),
  };
}

const NUMBER = /^-?(\d+(\.\d+)?(e[+-]?\d+)?|nan|inf)$/i;

/** FT.INFO: RESP2 sends its numbers as text. */
export const indexInfo: ReplyTransform = (reply) => {
  const facts = namedFields(reply);
  for (const [name, value] of Object.entries(facts)) {
    const plain = typeof value === 'string' || Buffer.isBuffer(value);
    if (name === 'indexName') facts[name] = textOf(value);
    else if (plain && NUMBER.test(textOf(value))) facts[name] = scoreOf(value);
  }
  return facts;
};

/** FT.CONFIG GET: pairs (RESP2) or a map (RESP3). */
export const settingsReply: ReplyTransform = (reply) =>
  Array.isArray(reply) && Array.isArray(reply[0])
    ? dataMap(reply.flat(), itself)
    : dataMap(reply, itself);

/** FT.SYNDUMP: terms with their groups. */
export const synonymsReply: ReplyTransform = (reply) => dataMap(reply, itself);

/** FT.SPELLCHECK: lists with the score first (RESP2), or maps (RESP3). */
export const spellingReply: ReplyTransform = (reply) => {
  if (Array.isArray(reply)) {
    return (reply as unknown[][]).map(
      ([, term, suggestions]): SpellingSuggestions => ({
        term: textOf(term),
        suggestions: (suggestions as unknown[][]).map(([score, text]) => ({
          term: textOf(text),
          score: scoreOf(score),
        })),
      }),
    );
  }
  return mapEntries(namedFields(reply)['results']).map(
    ([term, suggestions]): SpellingSuggestions => ({
      term,
      suggestions: (suggestions as unknown[])
        .flatMap(mapEntries)
        .map(([text, score]) => ({ term: text, score: scoreOf(score) })),
    }),
  );
};

/** FT.SUGGET: suggestions, each with what was asked for behind it. */
export const suggestionsReply: ReplyTransform = (reply, args) => {
  if (!Array.isArray(reply)) return [];
  const scores = hasToken(args, 2, 'WITHSCORES');
  const payloads = hasToken(args, 2, 'WITHPAYLOADS');
  if (!scores && !payloads) return reply;
  const suggestions: Suggestion<ReplyText>[] = [];
  let at = 0;
  while (at < reply.length) {
    suggestions.push({
      suggestion: reply[at++] as ReplyText,
      ...(scores ? { score: scoreOf(reply[at++]) } : {}),
      ...(payloads ? { payload: reply[at++] as ReplyText | null } : {}),
    });
  }
  return suggestions;
};
