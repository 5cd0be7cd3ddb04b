import type { AdminAddress } from './admin-connection.js';
import type { LocalRedisNode } from './local-redis-node.js';

/** How long the nodes may take for one step, in milliseconds: far above what it takes, for machines that are busy. */
const STEP_TIMEOUT_MS = 30_000;

/** How many keys one MIGRATE takes. */
const KEYS_PER_BATCH = 100;

/** What a migration needs from its cluster. @internal */
export interface SlotMigrationSupport {
  readonly admin: AdminAddress;
  /** Whether CLUSTER SETSLOT waits for the owner's replicas (Valkey from 8 on), by default no longer than 2 s. */
  readonly replicatesSlots: boolean;
  /** Resolves when every running node knows the new owner. */
  readonly settled: (
    slots: readonly number[],
    owner: LocalRedisNode,
  ) => Promise<void>;
}

/**
 * Slots on their way from one primary to another: MIGRATING at the source,
 * IMPORTING at the target. The source serves the keys it still has, and answers ASK for
 * the others.
 *
 * @publicApi
 */
export class SlotMigration {
  /** @internal */
  constructor(
    /** The slots on the move. */
    readonly slots: readonly number[],
    /** The primary that owns the slots until `finish()`. */
    readonly source: LocalRedisNode,
    /** The primary that will own them. */
    readonly target: LocalRedisNode,
    private readonly support: SlotMigrationSupport,
  ) {}

  /** @internal */
  async begin(): Promise<void> {
    for (const slot of this.slots) {
      await this.setSlot(this.target, slot, 'IMPORTING', this.source.id);
      await this.setSlot(this.source, slot, 'MIGRATING', this.target.id);
    }
  }

  /**
   * Moves keys to the target, which changes no slot's owner: from then on the
   * source answers ASK for them.
   *
   * @param keys which keys; without, all keys of the slots
   */
  async moveKeys(keys?: readonly string[]): Promise<void> {
    if (keys !== undefined) {
      await this.migrate(keys);
      return;
    }
    for (const slot of this.slots) {
      for (;;) {
        const batch = (await this.source.binaryCommand(
          'CLUSTER',
          'GETKEYSINSLOT',
          slot,
          KEYS_PER_BATCH,
        )) as Buffer[];
        if (batch.length === 0) break;
        await this.migrate(batch);
      }
    }
  }

  /** Moves the remaining keys and makes the target the owner; resolves when every running node knows. */
  async finish(): Promise<void> {
    await this.moveKeys();
    // the others hear of it under the owner's new epoch. Told by SETSLOT, one that
    // then receives what was on its way (the new owner not claiming the slot yet,
    // the former one still claiming it) gave the slot back: 1 of 60 moves, with keys lost
    for (const slot of this.slots) {
      await this.setSlot(this.target, slot, 'NODE', this.target.id);
    }
    await this.support.settled(this.slots, this.target);
    // the source knows by now, but would find the slot half-way when it comes back
    for (const slot of this.slots) {
      await this.setSlot(this.source, slot, 'STABLE');
    }
  }

  private async setSlot(
    node: LocalRedisNode,
    slot: number,
    ...state: string[]
  ): Promise<void> {
    const patience = this.support.replicatesSlots
      ? ['TIMEOUT', STEP_TIMEOUT_MS]
      : [];
    await node.command('CLUSTER', 'SETSLOT', slot, ...state, ...patience);
  }

  private async migrate(keys: readonly (string | Buffer)[]): Promise<void> {
    const { username, password } = this.support.admin;
    await this.source.command(
      'MIGRATE',
      this.target.host,
      this.target.port,
      '',
      0,
      STEP_TIMEOUT_MS,
      'REPLACE',
      ...(password === undefined
        ? []
        : ['AUTH2', username ?? 'default', password]),
      'KEYS',
      ...keys,
    );
  }
}
