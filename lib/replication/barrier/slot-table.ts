import { SLOT_COUNT } from '../../topology/cluster-topology.js';
import { leavingSlot, slotRange } from '../../topology/parse-cluster-nodes.js';

const HERE = 1;
const LEAVING = 2;

/**
 * Which slots a node serves, as its own line of CLUSTER NODES tells. Never
 * changed: a group is judged by what was said behind its own WAIT.
 *
 * @internal
 */
export class SlotTable {
  private constructor(
    /** The node's line, from its slots on. */
    readonly text: string,
    private readonly states: Uint8Array,
  ) {}

  /**
   * Reads the reply of CLUSTER NODES.
   *
   * @param last a table of before, which is nearly always the same again
   * @returns undefined where the reply is none, or hides what is asked
   */
  static read(
    reply: unknown,
    last: SlotTable | undefined,
  ): SlotTable | undefined {
    if (typeof reply !== 'string') return undefined;
    const text = slotsOfMyself(reply);
    if (text === undefined || text === last?.text) {
      return text === undefined ? undefined : last;
    }
    const states = new Uint8Array(SLOT_COUNT);
    for (const token of text.split(' ')) {
      for (const [first, to] of slotRange(token)) {
        states.fill(HERE, first, to + 1);
      }
      for (const [slot] of leavingSlot(token)) states[slot] = LEAVING;
    }
    return new SlotTable(text, states);
  }

  /** Whether somebody else serves it. */
  lacks(slot: number): boolean {
    return this.states[slot] === 0;
  }

  /** Whether it is handed over key by key: where a key is, only the key tells. */
  isLeaving(slot: number): boolean {
    return this.states[slot] === LEAVING;
  }
}

/** `<id> <address> myself,master - 0 0 7 connected 0-5460 [5461->-<id>]`: what stands behind `connected`. */
function slotsOfMyself(nodes: string): string | undefined {
  const flags = nodes.indexOf(' myself');
  if (flags === -1) return undefined;
  const end = nodes.indexOf('\n', flags);
  const line = nodes.slice(flags + 1, end === -1 ? undefined : end).trimEnd();
  // flags, primary, ping, pong, epoch, link
  let from = 0;
  for (let field = 0; field < 6; field += 1) {
    const space = line.indexOf(' ', from);
    if (space === -1) return field === 5 ? '' : undefined;
    from = space + 1;
  }
  return line.slice(from);
}
