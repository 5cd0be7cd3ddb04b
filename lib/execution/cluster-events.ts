import type { ClusterTopology } from '../topology/cluster-topology.js';
import type { TopologyReason } from '../topology/topology-change.js';

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
  /** What had the topology read: the first of several hints. */
  readonly reason: TopologyReason;
  /** The node that told of it, as `host:port`: that was asked, or that redirected. */
  readonly node: string;
}

/**
 * A replica took over from its primary, by itself or on demand. Follows the
 * `topologyChanged` that shows it, once for each shard.
 *
 * @publicApi
 */
export interface FailoverEvent {
  /** Tells the events apart. */
  readonly type: 'failover';
  /** The new primary, as `host:port`. */
  readonly node: string;
  /** The one before, as `host:port`. */
  readonly former: string;
  /** The ranges of slots that the new one is known to serve; by a redirect, that of its slot at first. */
  readonly slots: readonly (readonly [first: number, last: number])[];
  /** What had the topology read. */
  readonly reason: TopologyReason;
}

/**
 * Slots have no node that serves them any more, or have one again. Follows the
 * `topologyChanged` that shows it.
 *
 * @publicApi
 */
export interface CoverageChangedEvent {
  /** Tells the events apart. */
  readonly type: 'coverageChanged';
  /** The ranges of slots that no node serves from now on; empty when all are served. */
  readonly unserved: readonly (readonly [first: number, last: number])[];
  /** What had the topology read. */
  readonly reason: TopologyReason;
  /** The node that told of it, as `host:port`. */
  readonly node: string;
}

/** No node could be asked for the topology; the old one stays in use. @publicApi */
export interface TopologyRefreshFailedEvent {
  /** Tells the events apart. */
  readonly type: 'topologyRefreshFailed';
  /** What each node said, by `host:port`. */
  readonly causes: ReadonlyMap<string, Error>;
  /** What it was to be read for: the first of several hints. */
  readonly reason: TopologyReason;
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

/**
 * Every connection that is open has authenticated by the newest credentials of
 * an Observable `credentialsProvider`: those before may be revoked. Where
 * something blocks on a connection, that is when it ends.
 *
 * @publicApi
 */
export interface CredentialsRotatedEvent {
  /** Tells the events apart. */
  readonly type: 'credentialsRotated';
  /** How many connections are open. */
  readonly connections: number;
}

/**
 * A node refused the newest credentials on an open connection. Its connections
 * are replaced: what has been sent there has its replies before. Told once for
 * each node and change.
 *
 * @publicApi
 */
export interface CredentialsRefusedEvent {
  /** Tells the events apart. */
  readonly type: 'credentialsRefused';
  /** The node, as `host:port`. */
  readonly node: string;
  /** What it said. */
  readonly cause: Error;
}

/**
 * An Observable `credentialsProvider` failed, or gave something else than
 * credentials. The last ones stay in use; a failed one is not subscribed to
 * again.
 *
 * @publicApi
 */
export interface CredentialsFailedEvent {
  /** Tells the events apart. */
  readonly type: 'credentialsFailed';
  /** A `ConnectionError` whose cause is the stream's, or a `ConfigurationError`. */
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
  | FailoverEvent
  | CoverageChangedEvent
  | TopologyRefreshFailedEvent
  | NodeSkippedEvent
  | CredentialsRotatedEvent
  | CredentialsRefusedEvent
  | CredentialsFailedEvent
  | ClosedEvent;
