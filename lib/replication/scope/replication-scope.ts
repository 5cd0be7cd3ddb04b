import { AsyncLocalStorage } from 'node:async_hooks';
import {
  ReplicationError,
  type ShardReplication,
} from '../../errors/replication-error.js';
import { PersistenceError } from '../../errors/persistence-error.js';
import { openScopes, scopeClosed, scopeOpened } from './open-scopes.js';
import { warnOfLateWrite } from './late-write.js';
import type { PrimaryReplication } from '../barrier/primary-replication.js';
import type { ReplicationIdentity } from '../writes/replication-identity.js';
import { mergeShards, type ReplicationReport } from '../replication-report.js';
import {
  checkRequirement,
  requiredOf,
  type Requirement,
} from '../requirement.js';
import { ScopeBarrier, type ScopedWrites } from './scope-barrier.js';
import { ShardWrites, WriteRecord } from '../writes/shard-writes.js';
import type { SharedConnection } from '../writes/write-connection.js';

/** What a replication scope promises, and for whose writes. @internal */
export interface ScopeOptions extends Requirement {
  /** Which clients' writes it answers for. @default every client's */
  readonly covers?: ((client: object) => boolean) | undefined;
  /** Names the work in warnings, such as `OrdersService.place`. */
  readonly label?: string | undefined;
}

/** The scope that surrounds the running code, open or not. */
const ambient = new AsyncLocalStorage<ReplicationScope>();

/** What a scope begins with: most never have any of their own, or one. Never changed. */
const NO_WRITES: ScopedWrites[] = [];
const NOTHING_PROVED: ShardReplication[] = [];

/**
 * The writes of a piece of work, and the barrier that answers for them. The
 * scope is ambient: everything that runs inside {@link run}, or was begun
 * there, finds it by {@link ReplicationScope.current}.
 *
 * @internal
 */
export class ReplicationScope {
  readonly outer: ReplicationScope | undefined;
  #open = true;
  #shards = NO_WRITES;
  /** What inner scopes have proved to the measure of this one. */
  #inherited = NOTHING_PROVED;

  /** Throws a `ConfigurationError` for a requirement or timeout that makes no sense. */
  constructor(readonly options: ScopeOptions) {
    checkRequirement(options.replicas, options.timeoutMs, options.local);
    this.outer = ambient.getStore();
    scopeOpened();
  }

  /**
   * The innermost open scope that answers for this client's writes. A write
   * that finds only closed ones has no guarantee, and is warned of.
   */
  static current(client: object): ReplicationScope | undefined {
    return openScopes === 0 ? undefined : answering(ambient.getStore(), client);
  }

  /** {@link current} for a write that was called inside this scope, and is sent only now. */
  answering(client: object): ReplicationScope | undefined {
    return answering(this, client);
  }

  /**
   * Whether an open scope around the running code has written to the shard of a
   * slot through this client, so that a replica may not have it yet.
   *
   * @param primary the owner of the slot, as `host:port`
   * @param isPrimary whether the node at an address still is one: what was
   *   written to one that is not any more may be anywhere
   */
  static hasWritten(
    client: object,
    slot: number,
    primary: string | undefined,
    isPrimary: (address: string) => boolean,
  ): boolean {
    for (
      let scope = ambient.getStore();
      scope !== undefined;
      scope = scope.outer
    ) {
      if (!scope.open || !scope.covers(client)) continue;
      for (const writes of scope.#shards) {
        const address = writes.primary.node;
        if (
          writes.touched &&
          writes.primary.client === client &&
          (address === primary ||
            !isPrimary(address) ||
            writes.written.has(slot))
        ) {
          return true;
        }
      }
      // proved to be on some of the replicas, not on all of them
      for (const { node, slots } of scope.#inherited) {
        if (node === primary || slots.includes(slot)) return true;
      }
    }
    return false;
  }

  /** Runs code inside the scope; may be called several times until it is closed. */
  run<T>(work: () => T): T {
    return ambient.run(this, work);
  }

  /**
   * A write is being handed to a connection of this primary. Called for every
   * attempt, so also again behind a redirect.
   *
   * @param slot the slot of its keys; -1 for a command without keys
   * @param key one of its keys, by which the slot's owner is asked for later
   * @param identity from {@link PrimaryReplication.identify}, for that connection
   * @param asking whether it goes behind ASKING, to the node that imports the slot
   * @param connection the one it rides on, where that is shared
   */
  began(
    primary: PrimaryReplication,
    slot: number,
    key: string | Buffer | undefined,
    identity: ReplicationIdentity,
    asking = false,
    connection?: SharedConnection,
  ): WriteRecord {
    return new WriteRecord(
      this.#writesTo(primary),
      slot,
      key,
      identity,
      asking,
      connection,
    );
  }

  /**
   * The work has settled: waits until the required replicas of every shard
   * written to have the writes, and for the writes themselves where some are
   * not answered yet. Rejects with a `ReplicationError` (a persistence scope
   * with a `PersistenceError`) where that is not proven by the deadline.
   */
  close(): Promise<ReplicationReport> {
    return new Promise((resolve, reject) => this.finish(resolve, reject));
  }

  /** {@link close} for callers that have a promise already. */
  finish(
    proven: (report: ReplicationReport) => void,
    notProven: (error: Error) => void,
  ): void {
    this.#end();
    const touched = this.#touched();
    const end = new ReportedEnd((found) =>
      this.#report(touched, found, proven, notProven),
    );
    end.begin(touched, this.options);
  }

  /**
   * {@link finish} for callers that want no report: none is made where all is proven.
   *
   * @param value handed to `proven`
   */
  finishQuietly<T>(
    value: T,
    proven: (value: T) => void,
    notProven: (error: Error) => void,
  ): void {
    if (this.outer !== undefined || this.#inherited.length > 0) {
      this.finish(() => proven(value), notProven);
      return;
    }
    this.#end();
    const end = new QuietEnd(this, value, proven, notProven);
    end.begin(this.#touched(), this.options);
  }

  #report(
    touched: readonly ScopedWrites[],
    found: readonly (ShardReplication | undefined)[],
    proven: (report: ReplicationReport) => void,
    notProven: (error: Error) => void,
  ): void {
    const { replicas, local, timeoutMs } = this.options;
    const proved: ShardReplication[] = [...this.#inherited];
    for (const [index, shard] of found.entries()) {
      this.#leaveToOuter(touched[index]!, shard);
      if (shard !== undefined) proved.push(shard);
    }
    const shards = mergeShards(proved);
    if (!shards.every(isProven)) {
      this.fail(shards, notProven);
      return;
    }
    proven({
      replicas,
      local,
      timeoutMs,
      acknowledged: leastAcknowledged(shards),
      shards,
    });
  }

  /** Tells what is not proven. */
  fail(
    shards: readonly ShardReplication[],
    notProven: (error: Error) => void,
  ): void {
    const { local, timeoutMs } = this.options;
    const required = mostRequired(shards);
    notProven(
      local === undefined
        ? new ReplicationError(required, timeoutMs, shards)
        : new PersistenceError(local, required, timeoutMs, shards),
    );
  }

  #touched(): readonly ScopedWrites[] {
    return this.#shards.every(({ touched }) => touched)
      ? this.#shards
      : this.#shards.filter(({ touched }) => touched);
  }

  /** The work failed: nothing is waited for, but an outer scope answers for what was written. */
  abandon(): void {
    this.#end();
    for (const writes of this.#shards) this.#leaveToOuter(writes, undefined);
  }

  /** Whether a write of this client inside it belongs to it, were it open. */
  covers(client: object): boolean {
    return this.options.covers === undefined || this.options.covers(client);
  }

  get open(): boolean {
    return this.#open;
  }

  #end(): void {
    if (!this.#open) throw new Error('The replication scope is closed already');
    this.#open = false;
    scopeClosed();
  }

  #writesTo(primary: PrimaryReplication): ScopedWrites {
    for (const writes of this.#shards) {
      if (writes.primary === primary) return writes;
    }
    const writes = new ShardWrites(primary);
    // an array that is pushed to has room for seventeen, a literal for what is in it
    if (this.#shards.length === 0) this.#shards = [writes];
    else this.#shards.push(writes);
    return writes;
  }

  #leaveToOuter(
    writes: ScopedWrites,
    proved: ShardReplication | undefined,
  ): void {
    if (!writes.touched) return;
    const { primary } = writes;
    let outer = this.outer;
    while (
      outer !== undefined &&
      !(outer.#open && outer.covers(primary.client))
    ) {
      outer = outer.outer;
    }
    if (outer === undefined) return;
    const { replicas, local } = outer.options;
    // a barrier for a number does not know whether that number is the share by now
    const owed =
      typeof replicas === 'number'
        ? replicas
        : requiredOf(replicas, proved?.configured?.length ?? 0);
    if (
      proved !== undefined &&
      owed !== undefined &&
      isProven({ ...proved, required: owed }) &&
      // what is on a disk was in memory first, not the other way round
      (local === undefined || this.options.local !== undefined) &&
      (local !== true || proved.local === true)
    ) {
      if (outer.#inherited.length === 0) outer.#inherited = [];
      outer.#inherited.push({ ...proved, required: owed });
    } else {
      writes.moveInto(outer.#writesTo(primary));
    }
  }
}

/** The end of a scope that tells what was found. */
class ReportedEnd extends ScopeBarrier {
  constructor(
    private readonly found: (
      shards: readonly (ShardReplication | undefined)[],
    ) => void,
  ) {
    super();
  }

  protected ended(): void {
    this.found(this.report());
  }
}

/** The end of a scope that nobody wants a report of. */
class QuietEnd<T> extends ScopeBarrier {
  constructor(
    private readonly scope: ReplicationScope,
    private readonly value: T,
    private readonly proven: (value: T) => void,
    private readonly notProven: (error: Error) => void,
  ) {
    super();
  }

  protected ended(): void {
    if (this.isMet) {
      this.proven(this.value);
      return;
    }
    const shards = this.report().filter(isReported);
    this.scope.fail(mergeShards(shards), this.notProven);
  }
}

/** The innermost open scope, from this one outwards, that answers for a client's writes. */
function answering(
  innermost: ReplicationScope | undefined,
  client: object,
): ReplicationScope | undefined {
  let late: ReplicationScope | undefined;
  for (let scope = innermost; scope !== undefined; scope = scope.outer) {
    if (!scope.covers(client)) continue;
    if (scope.open) return scope;
    late ??= scope;
  }
  if (late !== undefined) warnOfLateWrite(late.options.label);
  return undefined;
}

function isReported(
  shard: ShardReplication | undefined,
): shard is ShardReplication {
  return shard !== undefined;
}

function isProven(shard: ShardReplication): boolean {
  return (
    shard.applied === 'yes' &&
    shard.proof !== 'none' &&
    shard.acknowledged >= shard.required &&
    shard.local !== false
  );
}

function leastAcknowledged(
  shards: readonly ShardReplication[],
): number | undefined {
  return shards.length === 0
    ? undefined
    : Math.min(...shards.map((shard) => shard.acknowledged));
}

function mostRequired(shards: readonly ShardReplication[]): number {
  return Math.max(...shards.map((shard) => shard.required));
}
