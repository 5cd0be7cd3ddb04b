import type { BarrierConnection, PrimaryAccess } from './barrier-connection.js';
import { openBarrierConnection } from './barrier-lanes.js';
import type { BarrierRequest } from './barrier-request.js';
import { DeadlineTimer } from './deadline-timer.js';
import { lastCall } from './last-call.js';
import { WaitingRequests } from './waiting-requests.js';

/** How long after its deadline a scope waits for the count at its deadline. */
const GRACE_MS = 100;

/** Asked for so long without an answer, the connection is given up. */
const STUCK_AFTER_MS = 1_000;

/**
 * Ends every request at its deadline: never before, and soon after, whatever
 * the primary does. At the deadline it asks once more, on a connection that no
 * WAIT blocks, how many replicas have the writes; without an answer within the
 * grace, nothing is known.
 *
 * @internal
 */
export class DeadlineWatch {
  readonly #waiting = new WaitingRequests();
  readonly #timer = new DeadlineTimer(() => this.#due());
  #late: BarrierRequest[] = [];
  #calling = false;
  #askedAt = 0;
  #connection: BarrierConnection | undefined;
  #closed = false;

  constructor(private readonly access: PrimaryAccess) {}

  add(request: BarrierRequest): void {
    this.#waiting.add(request);
    this.#timer.watch(request.deadline);
  }

  /** Resolves when no request waits. */
  whenIdle(): Promise<void> {
    return this.#waiting.whenEmpty();
  }

  close(): void {
    this.#closed = true;
    this.#timer.stop();
    this.#connection?.destroy();
    this.#waiting.each((request) =>
      request.notProven('the connections to the primary were closed'),
    );
  }

  #due(): void {
    const now = performance.now();
    this.#waiting.each((request) => this.#look(request, now));
    if (this.#late.length === 0) return;
    if (!this.#calling) void this.#call();
    else if (now - this.#askedAt > STUCK_AFTER_MS) this.#connection?.destroy();
  }

  #look(request: BarrierRequest, now: number): void {
    const { deadline, counted, lastCalledAt } = request;
    if (now < deadline) {
      this.#timer.watch(deadline);
    } else if (counted !== undefined) {
      request.settle(counted);
    } else if (lastCalledAt === undefined) {
      request.lastCalledAt = now;
      this.#late.push(request);
      this.#timer.watch(now + GRACE_MS);
    } else if (now < lastCalledAt + GRACE_MS) {
      this.#timer.watch(lastCalledAt + GRACE_MS);
    } else {
      request.notProven('the primary did not answer in time');
    }
  }

  async #call(): Promise<void> {
    this.#calling = true;
    while (this.#late.length > 0 && !this.#closed) {
      const requests = this.#late.filter(
        (request) => request.outcome === undefined,
      );
      this.#late = [];
      try {
        if (!this.#connection?.usable) {
          this.#connection = await openBarrierConnection(this.access);
        }
        this.#askedAt = performance.now();
        await lastCall(this.#connection, requests);
      } catch (error) {
        for (const request of requests) {
          request.notProven(
            `the primary could not be asked at the deadline: ${(error as Error).message}`,
          );
        }
      }
    }
    this.#calling = false;
    if (this.#closed) this.#connection?.destroy();
  }
}
