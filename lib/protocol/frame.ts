import { ErrorReply } from './error-reply.js';
import { Push } from './push.js';

/** What an open aggregate becomes once its last element is there. */
export const FrameKind = { Array: 0, Map: 1, Push: 2, Attribute: 3 } as const;
export type FrameKind = (typeof FrameKind)[keyof typeof FrameKind];

/**
 * An aggregate whose elements are still arriving. Frames are reused: the
 * decoder keeps one per nesting depth, so that nesting allocates nothing but
 * the result itself.
 */
export class Frame {
  kind: FrameKind = FrameKind.Array;
  /** Elements still missing; a map entry counts as two. */
  missing = 0;
  private binary = false;
  private items: unknown[] = [];
  private entries: Record<string, unknown> = EMPTY;
  private key: unknown = undefined;
  private hasKey = false;

  open(kind: FrameKind, count: number, binary: boolean): void {
    this.kind = kind;
    this.binary = binary;
    if (kind === FrameKind.Map) {
      this.missing = count * 2;
      this.entries = Object.create(null) as Record<string, unknown>;
    } else {
      // an attribute's entries are read like an array's elements and dropped
      this.missing = kind === FrameKind.Attribute ? count * 2 : count;
      // never preallocated: the announced length may be a lie
      this.items = [];
    }
  }

  /** Whether the next element's strings are wanted as Buffers; map keys never are. */
  get wantsBuffers(): boolean {
    return this.binary && (this.kind !== FrameKind.Map || this.hasKey);
  }

  add(value: unknown): void {
    this.missing--;
    if (this.kind === FrameKind.Array || this.kind === FrameKind.Push) {
      this.items.push(value);
    } else if (this.kind === FrameKind.Map) {
      this.addToMap(value);
    }
  }

  /** The finished value. Drops the references, the frame outlives it. */
  close(): unknown {
    if (this.kind === FrameKind.Map) {
      const entries = this.entries;
      this.entries = EMPTY;
      return entries;
    }
    const items = this.items;
    this.items = NONE;
    return this.kind === FrameKind.Push ? new Push(items) : items;
  }

  private addToMap(value: unknown): void {
    if (this.hasKey) {
      this.entries[keyText(this.key)] = value;
      this.key = undefined;
      this.hasKey = false;
    } else {
      this.key = value;
      this.hasKey = true;
    }
  }
}

const EMPTY = Object.freeze(Object.create(null)) as Record<string, unknown>;
const NONE: unknown[] = [];

/**
 * A map key as property name. Servers send strings and now and then numbers;
 * a script can also send an aggregate, which `String()` cannot show.
 */
function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (key instanceof ErrorReply) return key.message;
  if (typeof key !== 'object' || key === null) return String(key);
  return JSON.stringify(key, (_name, part: unknown) =>
    typeof part === 'bigint' ? String(part) : part,
  );
}
