import type {
  ClusterView,
  ViewNode,
} from '../../../lib/topology/cluster-view.js';

/** A node of a view; its port is the number behind its letter. */
export function node(id: string, facts: Partial<ViewNode> = {}): ViewNode {
  return {
    id,
    address: { host: 'h', port: Number(id.slice(1)) },
    role: facts.primaryId === undefined ? 'primary' : 'replica',
    primaryId: undefined,
    healthy: true,
    epoch: undefined,
    myself: false,
    slots: [],
    ...facts,
  };
}

/** What the node `source` says, for example `n1`. */
export function view(source: string, ...nodes: ViewNode[]): ClusterView {
  return {
    source: `h:${source.slice(1)}`,
    nodes: nodes.map((each) => ({ ...each, myself: each.id === source })),
    slots: undefined,
  };
}
