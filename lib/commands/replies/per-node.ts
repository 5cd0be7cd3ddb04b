/**
 * The reply of a command that is about one node: of every node asked, by
 * `host:port`; of one node alone (`client.at({ node })`), that node's.
 *
 * @typeParam At where the command runs: on the cluster, or on one node
 * @publicApi
 */
export type PerNode<
  Reply,
  At extends 'cluster' | 'node' = 'cluster',
> = At extends 'node' ? Reply : Record<string, Reply>;
