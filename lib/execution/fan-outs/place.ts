import type { NodeAddress } from '../../options/client-options.js';

/** Where one caller wants a command to run; see `RedisClusterClient.at`. */
export type Place =
  /** At the owner of a slot. */
  | { readonly slot: number }
  /** At one node. */
  | NodePlace;

/** One node. */
export interface NodePlace {
  readonly address: NodeAddress;
  /** `host:port`. */
  readonly label: string;
  /** The loss of the node is the answer: nobody waits for it to come back. */
  readonly failsWhenLost?: true;
}

/** Nodes on each of which a command can be run. @publicApi */
export type NodeGroup = 'primaries' | 'replicas' | 'nodes';

/**
 * What each node of a group replied, keyed `host:port`; an `Error` where it
 * failed. Has no prototype.
 *
 * @publicApi
 */
export interface NodeReplies<Reply> {
  [node: string]: Reply | Error;
}
