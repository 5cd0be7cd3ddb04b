import type { BarrierConnection } from './barrier-connection.js';
import { inRootContext } from '../root-context.js';
import type { PrimaryAccess } from './primary-access.js';

/** Barriers under way at once, over all requirements. */
const MOST_LANES = 8;

/** How long opening may take. Scopes end by their own deadlines meanwhile. */
const OPEN_TIMEOUT_MS = 2_000;

/**
 * The barrier connections of one primary: opened on first use, bounded, and
 * free for any requirement while no barrier blocks them.
 *
 * @internal
 */
export class BarrierLanes {
  readonly #idle: BarrierConnection[] = [];
  readonly #busy: BarrierConnection[] = [];
  #opening = 0;
  /** Whether the node serves slots no more, as far as is known: nothing is kept for later. */
  #resting = false;
  #closed = false;

  constructor(private readonly access: PrimaryAccess) {}

  /** How many more barriers may begin. */
  get free(): number {
    return MOST_LANES - this.#opening - this.#busy.length;
  }

  /** A connection that is open and idle, taken; undefined where there is none. */
  take(): BarrierConnection | undefined {
    let connection = this.#idle.pop();
    while (connection !== undefined && !connection.usable) {
      connection = this.#idle.pop();
    }
    if (connection !== undefined) this.#busy.push(connection);
    return connection;
  }

  /** Keeps none that is idle: the node serves no slots any more. */
  rest(): void {
    this.#resting = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
  }

  /** Ends {@link rest}. */
  wake(): void {
    this.#resting = false;
  }

  /** A new connection, taken. */
  async open(): Promise<BarrierConnection> {
    this.#opening += 1;
    try {
      const connection = await openBarrierConnection(this.access);
      if (this.#closed) {
        connection.destroy();
        throw new Error('the connections to the primary were closed');
      }
      this.#busy.push(connection);
      return connection;
    } finally {
      this.#opening -= 1;
    }
  }

  /** Gives a connection back whose replies have all come. */
  release(connection: BarrierConnection): void {
    this.#busy.splice(this.#busy.indexOf(connection), 1);
    if (this.#resting) connection.destroy();
    else if (connection.usable) this.#idle.push(connection);
  }

  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.destroy();
    for (const connection of this.#busy) connection.destroy();
  }
}

/** Opens one outside of any request's context. @internal */
export function openBarrierConnection(
  access: PrimaryAccess,
): Promise<BarrierConnection> {
  return inRootContext(() => access.openBarrierConnection(OPEN_TIMEOUT_MS));
}
