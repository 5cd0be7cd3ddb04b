import type { BarrierRequest, WaitingList } from './barrier-request.js';

/**
 * The requests that are not settled yet. An array from which each takes itself
 * out by its place; a Set would do, but every time V8 cleans a Set's table the
 * dead one keeps its successor alive until the next full collection, and so
 * all requests that were in it: at 50,000 scopes a second the collector took a
 * quarter of the time.
 *
 * @internal
 */
export class WaitingRequests implements WaitingList {
  readonly #requests: BarrierRequest[] = [];
  #emptied: (() => void)[] | undefined;

  add(request: BarrierRequest): void {
    request.place = this.#requests.length;
    request.waitingIn = this;
    this.#requests.push(request);
  }

  delete(request: BarrierRequest): void {
    const last = this.#requests.pop()!;
    request.waitingIn = undefined;
    if (last !== request) {
      last.place = request.place;
      this.#requests[request.place] = last;
    } else if (this.#requests.length === 0 && this.#emptied !== undefined) {
      for (const resolve of this.#emptied) resolve();
      this.#emptied = undefined;
    }
  }

  /** Resolves when none is left. */
  whenEmpty(): Promise<void> {
    if (this.#requests.length === 0) return Promise.resolve();
    return new Promise((resolve) => {
      (this.#emptied ??= []).push(resolve);
    });
  }

  /** Visits each; the visited one may be settled, and so be deleted. */
  each(visit: (request: BarrierRequest) => void): void {
    // from the end: what takes a deleted one's place has been visited
    for (let at = this.#requests.length - 1; at >= 0; at -= 1) {
      visit(this.#requests[at]!);
    }
  }
}
