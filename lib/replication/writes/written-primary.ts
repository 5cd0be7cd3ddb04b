/**
 * The primary that writes went to, as far as their books have to know it.
 *
 * @internal
 */
export interface WrittenPrimary {
  /** Where it listens, as `host:port`. */
  readonly node: string;
  /** The client whose primary this is. */
  readonly client: object;
  /** The replicas that the topology lists for the shard (`host:port`), failed ones included. */
  readonly configuredReplicas: readonly string[];
  /** Whether the topology has a node with this `host:port`, in whatever role. */
  isMember(address: string): boolean;
  /** The topology lacks replicas that the primary has. */
  doubt(): void;
  /** A scoped write is under way that is answered in a moment. */
  expectWrite(): void;
  /** One of {@link expectWrite} has ended. */
  expectedWriteEnded(): void;
}
