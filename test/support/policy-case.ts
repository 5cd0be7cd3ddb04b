import type { RedisClusterClient } from 'nest-redis-cluster';
import type { LocalRedisNode } from 'nest-redis-cluster/testing';
import type { PolicyCluster, Reach } from './policy-cluster.js';

/** A command that goes to several nodes, and how each node shows that it has run there. */
export interface PolicyCase {
  readonly name: string;
  readonly reach: Reach;
  /** Brings all nodes into the state before, by the administrator. */
  readonly before?: (on: PolicyCluster) => Promise<unknown>;
  readonly run: (client: RedisClusterClient) => Promise<unknown>;
  /** The merged reply. */
  readonly reply: unknown;
  /** What one node says of its state; `done` where it ran, `undone` where it did not. */
  readonly state?: (
    on: PolicyCluster,
    node: LocalRedisNode,
  ) => Promise<unknown>;
  readonly done?: unknown;
  readonly undone?: unknown;
}

/** Stands for a reply of each node that is asked, by address. */
export const PER_NODE = Symbol('a reply per node');
