/** What a primary says of one of its replicas in `INFO replication`. @internal */
export interface ReplicaLine {
  readonly host: string;
  readonly port: number;
  /** `online` once it streams; `wait_bgsave` and `send_bulk` before */
  readonly state: string;
  readonly offset: number;
  /** seconds since its last acknowledgement */
  readonly lagSeconds: number;
}

/** The part of `INFO replication` that health is made of. @internal */
export interface ReplicationInfo {
  readonly role: string;
  readonly offset: number;
  readonly replicas: readonly ReplicaLine[];
}

/** Reads the answer of a primary or replica to `INFO replication`. @internal */
export function parseReplicationInfo(text: string): ReplicationInfo {
  const fields = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1));
  }
  const replicas: ReplicaLine[] = [];
  for (const [name, value] of fields) {
    if (/^slave\d+$/.test(name)) replicas.push(parseReplica(value));
  }
  return {
    role: fields.get('role') ?? '',
    offset: Number(fields.get('master_repl_offset')),
    replicas,
  };
}

/** `ip=127.0.0.1,port=7003,state=online,offset=4242,lag=0` */
function parseReplica(text: string): ReplicaLine {
  const fields = new Map(
    text.split(',').map((part): [string, string] => {
      const equals = part.indexOf('=');
      return [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
  return {
    host: fields.get('ip') ?? '',
    port: Number(fields.get('port')),
    state: fields.get('state') ?? '',
    offset: Number(fields.get('offset')),
    lagSeconds: Number(fields.get('lag')),
  };
}
