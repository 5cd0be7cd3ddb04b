import { encodeWords } from '../protocol/encoded-words.js';
import { GROUP, type RequestGroup } from './request-group.js';
import {
  UnattendedRequest,
  type Carrier,
  type Request,
  type RequestFate,
  type RequestSink,
} from './request.js';
import type { RequestRing } from './request-ring.js';

/** Drops the reply of a request that has been settled without it. */
const dropReply: RequestSink = {
  replied() {},
  lost() {},
  expired() {},
};

/** A carrier that keeps count of what it carries. */
interface Accountant extends Carrier {
  /** A request left, by a reply or otherwise. */
  left(request: Request, wasInFlight: boolean): void;
}

const NO_WORDS = encodeWords([]);

/**
 * Keeps the place of a request whose reply is still to come, so that every
 * later reply still meets its own request.
 */
class Placeholder extends UnattendedRequest {
  constructor(request: Request, words = NO_WORDS) {
    super(dropReply, words, [], 0, 0, Infinity);
    this.size = request.size;
  }
}

/** Keeps the place of a group, which is that of several replies. */
class GroupPlaceholder extends Placeholder {
  outstanding: number;

  constructor(group: RequestGroup) {
    super(group, GROUP);
    this.outstanding = group.outstanding;
  }

  takes(): boolean {
    this.outstanding -= 1;
    return this.outstanding === 0;
  }
}

function placeholderOf(request: Request): Placeholder {
  return request.words === GROUP
    ? new GroupPlaceholder(request as RequestGroup)
    : new Placeholder(request);
}

/** Whether nobody waits for any of the replies still to come. */
export function isAbandoned(parked: Request[], wire: RequestRing): boolean {
  if (parked.length > 0) return false;
  for (let index = 0; index < wire.length; index++) {
    if (!(wire.at(index) instanceof UnattendedRequest)) return false;
  }
  return true;
}

/**
 * Settles every request whose deadline is not after `now`.
 *
 * @returns the earliest deadline left
 */
export function expireRequests(
  now: number,
  parked: Request[],
  wire: RequestRing,
  carrier: Accountant,
): number {
  const overdue = (request: Request): boolean => request.deadline <= now;
  const unconnected = removeFrom(parked, overdue);
  const queued = wire.removeUnsent(overdue);
  const inFlight: Request[] = [];
  for (let index = 0; index < wire.inFlight; index++) {
    const request = wire.at(index);
    if (!overdue(request)) continue;
    inFlight.push(request);
    wire.replace(index, placeholderOf(request));
  }
  let earliest = Infinity;
  for (const request of parked) {
    earliest = Math.min(earliest, request.deadline);
  }
  for (let index = 0; index < wire.length; index++) {
    earliest = Math.min(earliest, wire.at(index).deadline);
  }
  for (const request of unconnected) {
    carrier.left(request, false);
    request.sink.expired(request, 'connect', carrier);
  }
  for (const request of queued) {
    carrier.left(request, false);
    request.sink.expired(request, 'queue', carrier);
  }
  for (const request of inFlight) {
    request.sink.expired(request, 'flight', carrier);
  }
  return earliest;
}

/**
 * Takes back what `leaves` names, written or not: it is told that its
 * connection was lost, and a late reply is dropped.
 *
 * @returns whether there was any
 */
export function recallRequests(
  leaves: (request: Request) => boolean,
  parked: Request[],
  wire: RequestRing,
  cause: Error,
  carrier: Accountant,
): boolean {
  const unsent = [...wire.removeUnsent(leaves), ...removeFrom(parked, leaves)];
  const inFlight: Request[] = [];
  for (let index = 0; index < wire.inFlight; index++) {
    const request = wire.at(index);
    if (!leaves(request)) continue;
    inFlight.push(request);
    wire.replace(index, placeholderOf(request));
  }
  for (const request of unsent) carrier.left(request, false);
  for (const request of inFlight) {
    request.sink.lost(request, 'unknown', cause, carrier);
  }
  for (const request of unsent) {
    request.sink.lost(request, 'notSent', cause, carrier);
  }
  return inFlight.length + unsent.length > 0;
}

/** Takes out of `list` what `leaves` names, keeping the order of the others. */
function removeFrom(
  list: Request[],
  leaves: (request: Request) => boolean,
): Request[] {
  const removed: Request[] = [];
  let kept = 0;
  for (const request of list) {
    if (leaves(request)) removed.push(request);
    else list[kept++] = request;
  }
  list.length = kept;
  return removed;
}

/**
 * Takes one request out, wherever it is.
 *
 * @returns whether it was there
 */
export function withdrawRequest(
  request: Request,
  parked: Request[],
  wire: RequestRing,
  carrier: Accountant,
): boolean {
  const place = parked.indexOf(request);
  if (place !== -1) {
    parked.splice(place, 1);
    carrier.left(request, false);
    request.sink.expired(request, 'connect', carrier);
    return true;
  }
  for (let index = 0; index < wire.inFlight; index++) {
    if (wire.at(index) !== request) continue;
    wire.replace(index, placeholderOf(request));
    request.sink.expired(request, 'flight', carrier);
    return true;
  }
  if (wire.removeUnsent((other) => other === request).length === 0) {
    return false;
  }
  carrier.left(request, false);
  request.sink.expired(request, 'queue', carrier);
  return true;
}

/** Hands back what was not written yet, so that it can go elsewhere. */
export function releaseUnsent(
  parked: Request[],
  wire: RequestRing,
  cause: Error,
  carrier: Accountant,
): void {
  const unsent = [...wire.removeUnsent(() => true), ...parked.splice(0)];
  for (const request of unsent) {
    carrier.left(request, false);
    request.sink.lost(request, 'notSent', cause, carrier);
  }
}

/**
 * Tells every request that its connection has ended, in the order of the calls.
 *
 * @param fate of what was written: `notSent` where the node had ceased to read before
 */
export function loseRequests(
  parked: Request[],
  wire: RequestRing,
  cause: Error,
  carrier: Accountant,
  fate: RequestFate = 'unknown',
): void {
  const waiting = parked.splice(0);
  while (wire.peek() !== undefined) {
    const request = wire.shift();
    request.sink.lost(request, fate, cause, carrier);
  }
  for (const request of wire.removeUnsent(() => true)) {
    request.sink.lost(request, 'notSent', cause, carrier);
  }
  for (const request of waiting) {
    request.sink.lost(request, 'notSent', cause, carrier);
  }
}
