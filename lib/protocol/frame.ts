import { ErrorReply } from './error-reply.js';
import { Push } from './push.js';

/** What an open aggregate becomes once its last element is there. */
export const FrameKind = {
  Array: 0,
  Object: 1,
  Push: 2,
  Attribute: 3,
  Map: 4,
} as const;
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
    if (kind === FrameKind.Object) {
      this.missing = count * 2;
      this.entries = Object.create(null) as Record<string, unknown>;
    } else {
      // a Map is made of its elements; an attribute's are dropped
      const pairs = kind === FrameKind.Map || kind === FrameKind.Attribute;
      this.missing = pairs ? count * 2 : count;
      // never preallocated: the announced length may be a lie
      this.items = [];
    }
  }

  /** Whether the next element's strings are wanted as Buffers; names of an object never are. */
  get wantsBuffers(): boolean {
    return this.binary && (this.kind !== FrameKind.Object || this.hasKey);
  }

  add(value: unknown): void {
    this.missing--;
    if (this.kind === FrameKind.Object) this.addToObject(value);
    else if (this.kind !== FrameKind.Attribute) this.items.push(value);
  }

  /** The finished value. Drops the references, the frame outlives it. */
  close(): unknown {
    if (this.kind === FrameKind.Object) {
      const entries = this.entries;
      this.entries = EMPTY;
      return entries;
    }
    const items = this.items;
    this.items = NONE;
    if (this.kind === FrameKind.Map) return mapOf(items);
    return this.kind === FrameKind.Push ? new Push(items) : items;
  }

  private addToObject(value: unknown): void {
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

/** A Map of names and values in turn. */
export function mapOf(items: readonly unknown[]): Map<unknown, unknown> {
  const map = new Map<unknown, unknown>();
  for (let at = 0; at + 1 < items.length; at += 2) {
    map.set(items[at], items[at + 1]);
  }
  return map;
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
