import type { ClusterTopology } from '../topology/cluster-topology.js';

/** The shared connection to a node is ready. @publicApi */
export interface NodeConnectedEvent {
  /** Tells the events apart. */
  readonly type: 'nodeConnected';
  /** The node, as `host:port`. */
  readonly node: string;
}

/** The shared connection to a node was lost, or could not be made. @publicApi */
export interface NodeDisconnectedEvent {
  /** Tells the events apart. */
  readonly type: 'nodeDisconnected';
  /** The node, as `host:port`. */
  readonly node: string;
  /** Why. */
  readonly cause: Error;
}

/** Slots, nodes or roles changed. @publicApi */
export interface TopologyChangedEvent {
  /** Tells the events apart. */
  readonly type: 'topologyChanged';
  /** What is known from now on. */
  readonly topology: ClusterTopology;
}

/** No node could be asked for the topology; the old one stays in use. @publicApi */
export interface TopologyRefreshFailedEvent {
  /** Tells the events apart. */
  readonly type: 'topologyRefreshFailed';
  /** What each node said, by `host:port`. */
  readonly causes: ReadonlyMap<string, Error>;
}

/**
 * A fan-out to all nodes left out a replica that has failed or could not be
 * reached within two seconds; or one that did not answer in that time, where
 * the command only reports, or is SCRIPT LOAD.
 *
 * @publicApi
 */
export interface NodeSkippedEvent {
  /** Tells the events apart. */
  readonly type: 'nodeSkipped';
  /** The replica, as `host:port`. */
  readonly node: string;
  /** The command's name. */
  readonly command: string;
  /** What was wrong with it. */
  readonly cause: Error;
}

/** The client is closed; nothing follows. @publicApi */
export interface ClosedEvent {
  /** Tells the events apart. */
  readonly type: 'closed';
}

/**
 * What happens in a client, told apart by `type`. Nothing has to listen:
 * no event is an error that would end the process.
 *
 * @publicApi
 */
export type ClusterEvent =
  | NodeConnectedEvent
  | NodeDisconnectedEvent
  | TopologyChangedEvent
  | TopologyRefreshFailedEvent
  | NodeSkippedEvent
  | ClosedEvent;
