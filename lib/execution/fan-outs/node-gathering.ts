import type { Call } from '../calls/call.js';
import type { NodeReplies } from './place.js';
import type { Whole } from '../calls/whole.js';

/** Gathers what each node of a group replied; a node that fails is no failure of the whole. */
export class NodeGathering implements Whole<Call> {
  /** Calls under way, and the node of each. */
  private readonly calls: Call[] = [];
  private readonly replies = Object.create(null) as NodeReplies<unknown>;
  private left = 0;

  constructor(
    private readonly resolve: (replies: NodeReplies<unknown>) => void,
  ) {}

  /** The parts added so far. */
  get parts(): readonly Call[] {
    return this.calls;
  }

  /** Adds a part before it is sent. */
  add(call: Call): void {
    call.whole = this;
    call.part = this.calls.push(call) - 1;
    // in the order of the nodes, whoever answers first
    this.replies[call.fixedNode!.label] = undefined;
    this.left += 1;
  }

  /** Adds a node that is not even asked. */
  addFailed(node: string, error: Error): void {
    this.replies[node] = error;
  }

  /** Ends at once where no node is asked. */
  finishUnsent(): void {
    if (this.left === 0) this.resolve(this.replies);
  }

  replied(part: number, reply: unknown): void {
    this.replies[this.calls[part]!.fixedNode!.label] = reply;
    this.left -= 1;
    this.finishUnsent();
  }

  failed(part: number, error: Error): void {
    this.replied(part, error);
  }

  leaveOut(): void {
    throw new Error('No node of a group is left out');
  }
}
