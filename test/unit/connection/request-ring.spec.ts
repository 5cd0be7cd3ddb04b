import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Request } from '../../../lib/connection/request.js';
import { RequestRing } from '../../../lib/connection/request-ring.js';
import { Diary, NamedRequest } from './made-up-request.js';

const nobody = new Diary();
const request = (name = 'r') => new NamedRequest(name, nobody);

/** The same queue as two plain arrays. */
class PlainQueue {
  private readonly sent: Request[] = [];
  private waiting: Request[] = [];

  push(made: Request): void {
    this.waiting.push(made);
  }

  unshift(made: Request): void {
    this.waiting.unshift(made);
  }

  peek(): Request | undefined {
    return this.sent[0];
  }

  shift(): Request {
    return this.sent.shift()!;
  }

  nextUnsent(): Request | undefined {
    const next = this.waiting.shift();
    if (next !== undefined) this.sent.push(next);
    return next;
  }

  at(index: number): Request {
    return [...this.sent, ...this.waiting][index]!;
  }

  replace(index: number, other: Request): void {
    this.sent[index] = other;
  }

  removeUnsent(leaves: (each: Request) => boolean): Request[] {
    const all = this.waiting;
    this.waiting = [];
    return all.filter((each) => {
      const removed = leaves(each);
      if (!removed) this.waiting.push(each);
      return removed;
    });
  }

  get inFlight(): number {
    return this.sent.length;
  }

  get unsent(): number {
    return this.waiting.length;
  }

  get length(): number {
    return this.inFlight + this.unsent;
  }
}

type Queue = PlainQueue | RequestRing;

/** Does one thing to a queue, and tells what it gave. `made` is a new request. */
type Step = (queue: Queue, made: Request) => unknown;

const repeated =
  (times: number, step: Step): Step =>
  (queue, made) =>
    Array.from({ length: times }, () => step(queue, made));

const some = fc.integer({ min: 1, max: 40 });

const steps = fc.array(
  fc.oneof(
    some.map((times) => repeated(times, (queue, made) => queue.push(made))),
    some.map((times) => repeated(times, (queue) => queue.nextUnsent())),
    some.map((times) =>
      repeated(times, (queue) =>
        queue.peek() === undefined ? undefined : queue.shift(),
      ),
    ),
    some.map((times) =>
      repeated(times, (queue, made) => {
        if (queue.inFlight === 0) queue.unshift(made);
      }),
    ),
    some.map((nth): Step => (queue, made) => {
      if (queue.inFlight > 0) queue.replace(nth % queue.inFlight, made);
    }),
    fc.integer({ min: 1, max: 4 }).map((nth): Step => (queue) => {
      let index = 0;
      return queue.removeUnsent(() => index++ % nth === 0);
    }),
  ),
  { maxLength: 60 },
);

const names = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(names)
    : value instanceof NamedRequest
      ? value.name
      : value;

/** All that can be seen of a queue. */
const stateOf = (queue: Queue) => ({
  length: queue.length,
  unsent: queue.unsent,
  inFlight: queue.inFlight,
  next: names(queue.peek()),
  all: Array.from({ length: queue.length }, (_, at) => names(queue.at(at))),
});

describe('the request ring', () => {
  it('is a queue of requests in flight and requests unsent, whatever is done to it', () => {
    fc.assert(
      fc.property(steps, (done) => {
        const [ring, plain] = [new RequestRing(), new PlainQueue()];
        done.forEach((step, nth) => {
          const made = request(`r${nth}`);
          expect(names(step(ring, made))).toEqual(names(step(plain, made)));
          expect(stateOf(ring)).toEqual(stateOf(plain));
        });
      }),
    );
  });

  it('gives nothing while it is empty', () => {
    const ring = new RequestRing();
    expect([ring.peek(), ring.nextUnsent(), ring.length]).toEqual([
      undefined,
      undefined,
      0,
    ]);
  });

  it('waits for no reply to what is not written', () => {
    const ring = new RequestRing();
    ring.push(request());
    expect(ring.peek()).toBeUndefined();
  });

  it('keeps nothing alive that has left it', () => {
    const ring = new RequestRing();
    for (let nth = 0; nth < 100; nth++) ring.push(request());
    for (let nth = 0; nth < 50; nth++) ring.nextUnsent();
    while (ring.peek() !== undefined) ring.shift();
    ring.removeUnsent(() => true);
    const held = Object.values(ring).flat();
    expect(held.filter((each) => each instanceof NamedRequest)).toEqual([]);
  });
});
