import type { AdminAddress } from './admin-connection.js';
import type { LocalRedisNode } from './local-redis-node.js';

/** How many keys one MIGRATE takes. */
const KEYS_PER_BATCH = 100;

/** What a migration needs from its cluster. @internal */
export interface SlotMigrationSupport {
  readonly admin: AdminAddress;
  /** All nodes but the two that may and can be told a slot's new owner. */
  readonly otherPrimaries: () => Promise<LocalRedisNode[]>;
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
      await this.target.command(
        'CLUSTER',
        'SETSLOT',
        slot,
        'IMPORTING',
        this.source.id,
      );
      await this.source.command(
        'CLUSTER',
        'SETSLOT',
        slot,
        'MIGRATING',
        this.target.id,
      );
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
    const others = await this.support.otherPrimaries();
    for (const slot of this.slots) {
      // the target first: were the source first, nobody would own the slot in between
      for (const node of [this.target, this.source, ...others]) {
        await node.command('CLUSTER', 'SETSLOT', slot, 'NODE', this.target.id);
      }
    }
    await this.support.settled(this.slots, this.target);
  }

  private async migrate(keys: readonly (string | Buffer)[]): Promise<void> {
    const { username, password } = this.support.admin;
    await this.source.command(
      'MIGRATE',
      this.target.host,
      this.target.port,
      '',
      0,
      5_000,
      'REPLACE',
      ...(password === undefined
        ? []
        : ['AUTH2', username ?? 'default', password]),
      'KEYS',
      ...keys,
    );
  }
}
