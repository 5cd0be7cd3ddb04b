import {
  error,
  type Handler,
  moved,
  type ScriptedReply,
} from './scripted-server.js';

/** A node of a made-up cluster. */
export interface ScriptedNode {
  /** 40 hex digits. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
  readonly hostname?: string;
  /** As in CLUSTER SHARDS. @default 'online' */
  readonly health?: 'online' | 'failed' | 'fail' | 'loading';
  /** @default 1 */
  readonly epoch?: number;
}

/** A shard of a made-up cluster. */
export interface ScriptedShard {
  /** Slot ranges, both ends included. */
  readonly slots: readonly (readonly [number, number])[];
  readonly primary: ScriptedNode;
  readonly replicas?: readonly ScriptedNode[];
}

/** A node id made of one digit, such as `id('a')`. */
export const id = (digit: string): string => digit.repeat(40);

/** The reply of CLUSTER SHARDS (maps under RESP3). */
export function clusterShards(shards: readonly ScriptedShard[]): ScriptedReply {
  return shards.map(
    ({ slots, primary, replicas = [] }) =>
      new Map<string, ScriptedReply>([
        ['slots', slots.flat()],
        [
          'nodes',
          [primary, ...replicas].map((node) =>
            shardNode(node, node === primary ? 'master' : 'replica'),
          ),
        ],
      ]),
  );
}

function shardNode(node: ScriptedNode, role: string): ScriptedReply {
  return new Map<string, ScriptedReply>([
    ['id', node.id],
    ['port', node.port],
    ['ip', node.host],
    ['endpoint', node.hostname ?? node.host],
    ...(node.hostname === undefined
      ? []
      : ([['hostname', node.hostname]] as [string, ScriptedReply][])),
    ['role', role],
    ['replication-offset', 72156],
    ['health', node.health ?? 'online'],
  ]);
}

/** The reply of CLUSTER SLOTS. */
export function clusterSlots(shards: readonly ScriptedShard[]): ScriptedReply {
  return shards.flatMap(({ slots, primary, replicas = [] }) =>
    slots.map(([from, to]) => [
      from,
      to,
      ...[primary, ...replicas].map((node) => [
        node.hostname ?? node.host,
        node.port,
        node.id,
        node.hostname === undefined ? [] : ['ip', node.host],
      ]),
    ]),
  );
}

/** The reply of CLUSTER NODES, as the node `myself` gives it. */
export function clusterNodes(
  shards: readonly ScriptedShard[],
  myself?: ScriptedNode,
): string {
  const line = (
    node: ScriptedNode,
    role: string,
    primary: string,
    slots: readonly (readonly [number, number])[],
  ): string => {
    const flags = [
      ...(node === myself ? ['myself'] : []),
      role,
      ...(node.health === 'failed' || node.health === 'fail' ? ['fail'] : []),
    ].join(',');
    const hostname = node.hostname === undefined ? '' : `,${node.hostname}`;
    const ranges = slots.map(([from, to]) =>
      from === to ? ` ${from}` : ` ${from}-${to}`,
    );
    return `${node.id} ${node.host}:${node.port}@${node.port + 10_000}${hostname} ${flags} ${primary} 0 0 ${node.epoch ?? 1} connected${ranges.join('')}\n`;
  };
  return shards
    .flatMap(({ slots, primary, replicas = [] }) => [
      line(primary, 'master', '-', slots),
      ...replicas.map((node) => line(node, 'slave', primary.id, [])),
    ])
    .join('');
}

/** The reply of CLUSTER INFO. */
export function clusterInfo(
  shards: readonly ScriptedShard[],
  state: 'ok' | 'fail' = 'ok',
): string {
  const assigned = shards
    .flatMap(({ slots }) => slots)
    .reduce((sum, [from, to]) => sum + to - from + 1, 0);
  const nodes = shards.reduce(
    (sum, { replicas = [] }) => sum + 1 + replicas.length,
    0,
  );
  return [
    `cluster_enabled:1`,
    `cluster_state:${state}`,
    `cluster_slots_assigned:${assigned}`,
    `cluster_slots_ok:${assigned}`,
    `cluster_known_nodes:${nodes}`,
    `cluster_size:${shards.length}`,
    `cluster_current_epoch:${shards.length}`,
    '',
  ].join('\r\n');
}

/** Answers the CLUSTER commands of a node of a made-up cluster; the rest goes to the handler. */
export function withTopology(
  shards: () => readonly ScriptedShard[],
  myself: () => ScriptedNode,
  handler: Handler,
  options: {
    /** Answers CLUSTER SHARDS as Redis 6 does. */ readonly withoutShards?: boolean;
  } = {},
): Handler {
  return (command, connection) => {
    const [name = '', sub = ''] = command;
    if (name.toUpperCase() !== 'CLUSTER') return handler(command, connection);
    switch (sub.toUpperCase()) {
      case 'SHARDS':
        return options.withoutShards === true
          ? error(
              `ERR Unknown subcommand or wrong number of arguments for 'SHARDS'. Try CLUSTER HELP.`,
            )
          : clusterShards(shards());
      case 'SLOTS':
        return clusterSlots(shards());
      case 'NODES':
        return clusterNodes(shards(), myself());
      case 'INFO':
        return clusterInfo(shards());
      case 'MYID':
        return myself().id;
      default:
        return handler(command, connection);
    }
  };
}

/** The redirect that a node gives for a slot which is another's; undefined for its own. */
export function redirectFor(
  slot: number,
  shards: readonly ScriptedShard[],
  myself: ScriptedNode,
): ScriptedReply {
  const owner = shards.find(({ slots }) =>
    slots.some(([from, to]) => from <= slot && slot <= to),
  )?.primary;
  if (owner === undefined) return error('CLUSTERDOWN Hash slot not served');
  if (owner === myself) return undefined;
  return moved(slot, `${owner.hostname ?? owner.host}:${owner.port}`);
}
