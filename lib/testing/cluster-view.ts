/** One line of CLUSTER NODES. @internal */
export interface NodeRecord {
  readonly id: string;
  readonly port: number;
  readonly flags: ReadonlySet<string>;
  readonly role: 'primary' | 'replica';
  /** For a replica: the id of its primary. */
  readonly primaryId: string | undefined;
  readonly configEpoch: number;
  /** Slot ranges, both ends included. */
  readonly slots: readonly (readonly [number, number])[];
}

/** How many hash slots a cluster has. @internal */
export const SLOTS = 16_384;

/**
 * Reads the reply of CLUSTER NODES.
 *
 * https://redis.io/docs/latest/commands/cluster-nodes/
 *
 * @internal
 */
export function parseClusterNodes(text: string): NodeRecord[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [
        id = '',
        address = '',
        flagList = '',
        primary = '',
        ,
        ,
        epoch,
        ,
        ...slots
      ] = line.trimEnd().split(' ');
      // 127.0.0.1:7000@17000,hostname,key=value - and ::1:7000@17000
      const [endpoint = ''] = address.split('@');
      const flags = new Set(flagList.split(','));
      const isReplica = flags.has('slave');
      return {
        id,
        port: Number(endpoint.slice(endpoint.lastIndexOf(':') + 1)),
        flags,
        role: isReplica ? 'replica' : 'primary',
        primaryId: isReplica && primary !== '-' ? primary : undefined,
        configEpoch: Number(epoch),
        slots: slots
          // [93-<-id] and [77->-id]: slots on the move, still owned as listed
          .filter((range) => !range.startsWith('['))
          .map((range) => {
            const [from = NaN, to = from] = range.split('-').map(Number);
            return [from, to] as const;
          }),
      };
    });
}

/** What several nodes say about the cluster, as one picture. @internal */
export interface ClusterView {
  /** The id of each slot's owner. */
  readonly owners: readonly (string | undefined)[];
  readonly records: ReadonlyMap<string, NodeRecord>;
}

/**
 * Merges the nodes' own views: of two owners of a slot the one with the higher
 * config epoch counts (the cluster's own rule), and on its role each node
 * knows best.
 *
 * @internal
 */
export function mergeViews(
  views: readonly (readonly NodeRecord[])[],
): ClusterView {
  const records = new Map<string, NodeRecord>();
  const owners = Array.from<string | undefined>({ length: SLOTS });
  const epochs = new Int32Array(SLOTS).fill(-1);
  for (const record of views.flat()) {
    const known = records.get(record.id);
    if (known === undefined || record.flags.has('myself')) {
      records.set(record.id, record);
    }
    for (const [from, to] of record.slots) {
      for (let slot = from; slot <= to; slot += 1) {
        const epoch = epochs[slot] ?? -1;
        if (
          record.configEpoch > epoch ||
          (record.configEpoch === epoch && record.flags.has('myself'))
        ) {
          owners[slot] = record.id;
          epochs[slot] = record.configEpoch;
        }
      }
    }
  }
  return { owners, records };
}

/** What all nodes must agree on, as a string that can be compared. @internal */
export function agreement(view: readonly NodeRecord[]): string {
  return view
    .map(
      ({ id, role, primaryId, configEpoch, slots }) =>
        `${id} ${role} ${primaryId ?? configEpoch} ${slots.join(' ')}`,
    )
    .sort()
    .join('\n');
}
