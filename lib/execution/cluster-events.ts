import type { ClusterTopology } from '../topology/cluster-topology.js';

/**
 * What happens in a client, told apart by `type`. Nothing has to listen:
 * no event is an error that would end the process.
 *
 * @publicApi
 */
export type ClusterEvent =
  /** The shared connection to a node is ready. */
  | { readonly type: 'nodeConnected'; readonly node: string }
  /** The shared connection to a node was lost, or could not be made. */
  | {
      readonly type: 'nodeDisconnected';
      readonly node: string;
      readonly cause: Error;
    }
  /** Slots, nodes or roles changed. */
  | {
      readonly type: 'topologyChanged';
      readonly topology: ClusterTopology;
    }
  /** No node could be asked for the topology; the old one stays in use. */
  | {
      readonly type: 'topologyRefreshFailed';
      readonly causes: ReadonlyMap<string, Error>;
    }
  /** A fan-out to all nodes left out a replica that could not be reached. */
  | {
      readonly type: 'nodeSkipped';
      readonly node: string;
      readonly command: string;
      readonly cause: Error;
    }
  /** The client is closed; nothing follows. */
  | { readonly type: 'closed' };
