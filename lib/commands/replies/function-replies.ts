import type { ReplyTransform } from '../command-spec.js';
import { textOf, type ReplyText } from './reply-text.js';
import { dataMap, listOf, namedFields } from './named-fields.js';

/** A library of functions. @publicApi */
export interface FunctionLibrary<Text = string> {
  /** Its name. */
  readonly libraryName: Text;
  /** The engine that runs it, such as `LUA`. */
  readonly engine: Text;
  /** What it has. */
  readonly functions: LibraryFunction<Text>[];
  /** Its source; with `withcode`. */
  readonly libraryCode?: Text;
}

/** A function of a library. @publicApi */
export interface LibraryFunction<Text = string> {
  /** What `fcall` calls it by. */
  readonly name: Text;
  /** What its author says of it. */
  readonly description: Text | null;
  /** Such as `no-writes`. */
  readonly flags: string[];
}

/** What a node's engines do. @publicApi */
export interface FunctionStatistics<Text = string> {
  /** What runs now; null if nothing does. */
  readonly runningScript: {
    /** The function. */
    readonly name: Text;
    /** The words it was called with. */
    readonly command: Text[];
    /** For how long, in milliseconds. */
    readonly durationMs: number;
  } | null;
  /** By the engine's name. */
  readonly engines: Record<
    string,
    {
      /** How many libraries are loaded. */
      readonly librariesCount: number;
      /** How many functions they have. */
      readonly functionsCount: number;
    }
  >;
}

/** FUNCTION LIST. */
export const functionsReply = listOf((raw: unknown) => {
  const library = namedFields(raw);
  library.functions = (library.functions as unknown[]).map((one) => {
    const named = namedFields(one);
    named.flags = (named.flags as ReplyText[]).map(textOf);
    return named;
  });
  return library;
});

/** FUNCTION STATS. */
export const functionStatisticsReply: ReplyTransform = (reply) => {
  const statistics = namedFields(reply);
  const { runningScript } = statistics;
  statistics.runningScript =
    runningScript === null ? null : namedFields(runningScript);
  statistics.engines = dataMap(statistics.engines, namedFields);
  return statistics;
};
