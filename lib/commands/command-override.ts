import type { RequestPolicy, ResponsePolicy } from './command-spec.js';

/** What is known better than the servers say it. */
export interface CommandOverride {
  readonly request?: RequestPolicy;
  readonly response?: ResponsePolicy;
  /** See `CommandSpec.withOneArgument`. */
  readonly withOneArgument?: ResponsePolicy;
  /** See `CommandSpec.wholeWith`. */
  readonly wholeWith?: readonly string[];
  /** Bits of `CommandFlag` that COMMAND does not give. */
  readonly flags?: number;
  /** Where COMMAND has them wrong; each as in the command table: `flags/begin search/find keys`. */
  readonly keySpecs?: readonly string[];
  /** See `CommandSpec.firstKey`. */
  readonly firstKey?: number;
  /** See `CommandSpec.binaryReply`. */
  readonly binaryReply?: boolean;
  /** True when only the primary gives the answer that is meant, although the command reads. */
  readonly primaryOnly?: boolean;
  /** Why, in one sentence. */
  readonly reason: string;
  /** Where that can be checked. */
  readonly source: string;
}
