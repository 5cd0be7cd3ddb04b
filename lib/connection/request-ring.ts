import type { Request } from './request.js';

const INITIAL_CAPACITY = 16;

/**
 * The requests of one connection in order: those written and waiting for
 * replies, then those not yet written. A ring over one array: no element moves,
 * nothing is allocated per request (`Array.shift` on a long queue is linear).
 */
export class RequestRing {
  private slots: (Request | undefined)[] = Array.from({
    length: INITIAL_CAPACITY,
  });
  private mask = INITIAL_CAPACITY - 1;
  private head = 0;
  /** Requests in the ring. */
  length = 0;
  /** How many of them, from the tail, are not yet written. */
  unsent = 0;

  /** How many are written and wait for a reply. */
  get inFlight(): number {
    return this.length - this.unsent;
  }

  push(request: Request): void {
    if (this.length > this.mask) this.grow();
    this.slots[(this.head + this.length) & this.mask] = request;
    this.length += 1;
    this.unsent += 1;
  }

  /** Puts a request ahead of all others. Call only while none is in flight. */
  unshift(request: Request): void {
    if (this.length > this.mask) this.grow();
    this.head = (this.head - 1) & this.mask;
    this.slots[this.head] = request;
    this.length += 1;
    this.unsent += 1;
  }

  /** The request whose reply comes next; undefined when none is in flight. */
  peek(): Request | undefined {
    return this.length > this.unsent ? this.slots[this.head] : undefined;
  }

  /** Takes the request whose reply came. Call only after {@link peek} gave one. */
  shift(): Request {
    const request = this.slots[this.head]!;
    this.slots[this.head] = undefined;
    this.head = (this.head + 1) & this.mask;
    this.length -= 1;
    return request;
  }

  /** Takes the next request to write, which stays in the ring for its reply; undefined when all are written. */
  nextUnsent(): Request | undefined {
    if (this.unsent === 0) return undefined;
    const request =
      this.slots[(this.head + this.length - this.unsent) & this.mask];
    this.unsent -= 1;
    return request;
  }

  /** The request at `index` from the head. */
  at(index: number): Request {
    return this.slots[(this.head + index) & this.mask]!;
  }

  /** Puts another request in the place of the one at `index` from the head. */
  replace(index: number, request: Request): void {
    this.slots[(this.head + index) & this.mask] = request;
  }

  /** Takes out the unwritten requests that `leaves` names, keeping the order of the others. */
  removeUnsent(leaves: (request: Request) => boolean): Request[] {
    const removed: Request[] = [];
    const first = this.length - this.unsent;
    let kept = first;
    for (let index = first; index < this.length; index++) {
      const request = this.at(index);
      if (leaves(request)) removed.push(request);
      else this.replace(kept++, request);
    }
    for (let index = kept; index < this.length; index++) {
      this.slots[(this.head + index) & this.mask] = undefined;
    }
    this.length = kept;
    this.unsent = kept - first;
    return removed;
  }

  private grow(): void {
    const capacity = (this.mask + 1) * 2;
    const slots: (Request | undefined)[] = Array.from({ length: capacity });
    for (let index = 0; index < this.length; index++) {
      slots[index] = this.at(index);
    }
    this.slots = slots;
    this.mask = capacity - 1;
    this.head = 0;
  }
}
