const SLOTS = 16_384;

/**
 * The views of a made-up cluster with a node at each of these ports: half of
 * them are primaries, each with one replica.
 *
 * @param promoted how many of the replicas took their primary's place
 */
export function clusterViews(ports, promoted = 0) {
  const shardCount = ports.length / 2;
  const members = ports.map((port, index) => ({
    id: String(index).padStart(40, 'a'),
    port,
  }));
  const shards = Array.from({ length: shardCount }, (_, nth) => {
    const pair = [members[2 * nth], members[2 * nth + 1]];
    if (nth < promoted) pair.reverse();
    return {
      first: Math.floor((nth * SLOTS) / shardCount),
      last: Math.floor(((nth + 1) * SLOTS) / shardCount) - 1,
      primary: pair[0],
      replica: pair[1],
      epoch: nth < promoted ? shardCount + nth + 1 : nth + 1,
    };
  });
  return {
    slots: shards.map(({ first, last, primary, replica }) => [
      first,
      last,
      ['127.0.0.1', primary.port, primary.id, []],
      ['127.0.0.1', replica.port, replica.id, []],
    ]),
    shards: shards.map(({ first, last, primary, replica }) => ({
      slots: [first, last],
      nodes: [described(primary, 'master'), described(replica, 'replica')],
    })),
    nodes: shards
      .map(
        ({ first, last, primary, replica, epoch }, nth) =>
          `${line(primary, nth === 0 ? 'myself,master' : 'master', '-', epoch)} ${first}-${last}\n` +
          `${line(replica, 'slave', primary.id, epoch)}\n`,
      )
      .join(''),
    info: `cluster_enabled:1\r\ncluster_state:ok\r\ncluster_slots_assigned:${SLOTS}\r\ncluster_slots_ok:${SLOTS}\r\ncluster_known_nodes:${ports.length}\r\n`,
  };
}

function described({ id, port }, role) {
  return {
    id,
    port,
    ip: '127.0.0.1',
    endpoint: '127.0.0.1',
    role,
    'replication-offset': 72_156,
    health: 'online',
  };
}

function line({ id, port }, flags, primary, epoch) {
  return `${id} 127.0.0.1:${port}@${port + 10_000} ${flags} ${primary} 0 ${Date.now()} ${epoch} connected`;
}
