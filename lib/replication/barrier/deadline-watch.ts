import type { BarrierConnection } from './barrier-connection.js';
import { openBarrierConnection } from './barrier-lanes.js';
import type { BarrierRequest } from './barrier-request.js';
import { DeadlineTimer } from './deadline-timer.js';
import { lastCall } from './last-call.js';
import { WaitingRequests } from './waiting-requests.js';
import type { PrimaryAccess } from './primary-access.js';

/**
 * How long after its deadline a scope waits for the count at its deadline. A
 * primary that is awake answers in 1 ms, or in 45 where replicas are asked
 * once more; 100 were too few for a server that has to wait for a core.
 */
const GRACE_MS = 250;

/** So long before the deadline of a scope that still waits, the connection for the count is opened: the grace is for the count alone. */
const AHEAD_MS = 50;

/** Of a grace of which this process has missed as much, too little was left. */
const STALL_MS = GRACE_MS / 2;

/** Asked for so long without an answer, the connection is given up. */
const STUCK_AFTER_MS = 1_000;

/**
 * Ends every request at its deadline: never before, and soon after, whatever
 * the primary does. At the deadline it asks once more, on a connection that no
 * WAIT blocks, how many replicas have the writes; without an answer within the
 * grace, nothing is known. Where this process stood still meanwhile, the grace
 * begins anew, once: it is the primary's.
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
  #opening: Promise<BarrierConnection> | undefined;
  #closed = false;

  constructor(private readonly access: PrimaryAccess) {}

  add(request: BarrierRequest): void {
    this.#waiting.add(request);
    this.#timer.watch(aheadOf(request));
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
      const ahead = aheadOf(request);
      if (now >= ahead) this.#prepare();
      this.#timer.watch(now < ahead ? ahead : deadline);
    } else if (counted !== undefined) {
      request.settle(counted);
    } else if (lastCalledAt === undefined) {
      request.lastCalledAt = now;
      this.#late.push(request);
      this.#timer.watch(now + GRACE_MS);
    } else if (now < lastCalledAt + GRACE_MS) {
      this.#timer.watch(lastCalledAt + GRACE_MS);
    } else if (now >= lastCalledAt + GRACE_MS + STALL_MS && !request.spared) {
      request.spared = true;
      request.lastCalledAt = now;
      this.#timer.watch(now + GRACE_MS);
    } else {
      request.notProven('the primary did not answer in time');
    }
  }

  /** Opens the connection; where that fails, the call tries it again. */
  #prepare(): void {
    if (!this.#calling) this.#connected().catch(() => undefined);
  }

  /** The connection, opened where there is none that can be used. */
  #connected(): Promise<BarrierConnection> {
    if (this.#connection?.usable) return Promise.resolve(this.#connection);
    this.#opening ??= openBarrierConnection(this.access)
      .then((connection) => {
        this.#connection = connection;
        if (this.#closed) connection.destroy();
        return connection;
      })
      .finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #call(): Promise<void> {
    this.#calling = true;
    while (this.#late.length > 0 && !this.#closed) {
      const requests = this.#late.filter(
        (request) => request.outcome === undefined,
      );
      this.#late = [];
      try {
        const connection = await this.#connected();
        this.#askedAt = performance.now();
        await lastCall(connection, requests);
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

/** When the connection for the count of a request is opened: of a short time, half is waited. */
function aheadOf({ startedAt, deadline }: BarrierRequest): number {
  return deadline - Math.min(AHEAD_MS, (deadline - startedAt) / 2);
}
