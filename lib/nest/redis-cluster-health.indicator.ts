import {
  catchError,
  concatMap,
  defer,
  EMPTY,
  endWith,
  firstValueFrom,
  ignoreElements,
  merge,
  type Observable,
  shareReplay,
  Subject,
  takeUntil,
  tap,
  throttle,
  timer,
} from 'rxjs';
import type { RedisClusterClient } from '../client/redis-cluster-client.js';
import type {
  ClusterHealth,
  HealthStatus,
  ShardHealth,
} from './cluster-health.interface.js';
import { NodeProbe, within } from './node-probe.js';
import type { RedisClusterHealthOptions } from './redis-cluster-health-options.interface.js';
import { judgeShard, uncoveredSlots } from './shard-health.js';
import { terminusKnowsDegraded } from './terminus-version.js';

/**
 * Checks that follow from changes keep this distance, in milliseconds: one
 * failover is a burst of changes.
 */
const CHANGE_SPACING_MS = 250;

/**
 * What `isHealthy()` tells Terminus.
 *
 * @publicApi
 */
export interface RedisClusterHealthResult<
  Status extends HealthStatus = HealthStatus,
> {
  /**
   * The word for Terminus. Its version 11 knows no `degraded`: there, a
   * degraded cluster is `up`.
   */
  readonly status: Status;
  /** The state of the cluster, whatever the version of Terminus. */
  readonly clusterStatus: HealthStatus;
  /** What is wrong, in words. */
  readonly message: string;
  /** Each shard. */
  readonly shards: readonly ShardHealth[];
}

/**
 * Tells how a cluster is: once by {@link check}, continuously by
 * {@link watch}, and to Terminus by {@link isHealthy}.
 *
 * Every primary is asked for `INFO replication` and `CLUSTER INFO`; one that
 * does not answer within `timeoutMs` is down, so a check always ends in that
 * time. Writes nothing.
 *
 * @publicApi
 */
export class RedisClusterHealthIndicator {
  private readonly probe: NodeProbe;
  private readonly options: {
    readonly [Key in keyof RedisClusterHealthOptions]-?: number;
  };
  private running: Promise<ClusterHealth> | undefined;
  private readonly watched: Observable<ClusterHealth>;

  /**
   * @param client the client of the cluster
   * @param options what is degraded and down
   */
  constructor(
    private readonly client: RedisClusterClient,
    options: RedisClusterHealthOptions = {},
  ) {
    this.options = {
      timeoutMs: options.timeoutMs ?? 1_000,
      intervalMs: options.intervalMs ?? 5_000,
      maxLagSeconds: options.maxLagSeconds ?? 5,
      maxLagBytes: options.maxLagBytes ?? 16 * 1024 * 1024,
      minReplicas: options.minReplicas ?? 1,
    };
    this.probe = new NodeProbe(client, this.options.timeoutMs);
    this.watched = this.checks().pipe(
      shareReplay({ bufferSize: 1, refCount: true }),
    );
  }

  /**
   * The cluster's health from now on: at once, when the topology or a
   * connection changes, and every `intervalMs`. All subscribers share one
   * series of checks, which ends with the last of them; a new one gets the
   * latest value at once. Completes when the client is closed, never errors.
   */
  watch(): Observable<ClusterHealth> {
    return this.watched;
  }

  /**
   * The cluster's health now. Connects the client if it is not connected yet.
   *
   * @returns never rejects: a cluster that cannot be asked is `down`
   */
  check(): Promise<ClusterHealth> {
    this.running ??= this.examine().finally(() => {
      this.running = undefined;
    });
    return this.running;
  }

  /**
   * The cluster's health as an indicator of Terminus, which answers 503 when
   * it is `down` and 200 when it is `up` or `degraded`.
   *
   * @example
   * ```ts
   * @Get('health')
   * @HealthCheck()
   * check() {
   *   return this.terminus.check([() => this.redis.isHealthy('redis')]);
   * }
   * ```
   *
   * @param key the name of the entry in Terminus's answer
   * @param options `degradedAs`: the word for a degraded cluster. By default
   * `degraded` where the installed Terminus is 12 or newer, else `up`
   * @typeParam Status the words that the installed Terminus knows: taken from
   * where the result is used
   */
  async isHealthy<
    const Key extends string,
    Status extends HealthStatus = HealthStatus,
  >(
    key: Key,
    options: { readonly degradedAs?: 'degraded' | 'up' } = {},
  ): Promise<Record<Key, RedisClusterHealthResult<Status>>> {
    const { status, message, shards } = await this.check();
    const degradedAs =
      options.degradedAs ?? (terminusKnowsDegraded() ? 'degraded' : 'up');
    const result: RedisClusterHealthResult = {
      status: status === 'degraded' ? degradedAs : status,
      clusterStatus: status,
      message,
      shards,
    };
    return { [key]: result } as Record<Key, RedisClusterHealthResult<Status>>;
  }

  private checks(): Observable<ClusterHealth> {
    return defer(() => {
      const { topology$, events$ } = this.client;
      const checked = new Subject<void>();
      const change$ = merge(topology$, events$).pipe(
        catchError(() => EMPTY),
        throttle(() => timer(CHANGE_SPACING_MS), {
          leading: true,
          trailing: true,
        }),
      );
      const clientClosed = topology$.pipe(ignoreElements(), endWith(undefined));
      return merge(change$, timer(0, this.options.intervalMs)).pipe(
        // what happens during a check is looked at by one more, not by many
        throttle(() => checked, { leading: true, trailing: true }),
        concatMap(() => this.check()),
        tap(() => queueMicrotask(() => checked.next())),
        takeUntil(clientClosed),
      );
    });
  }

  private async examine(): Promise<ClusterHealth> {
    let shards: readonly ShardHealth[];
    let gaps: [number, number][];
    try {
      const topology = await within(this.options.timeoutMs, this.topology());
      gaps = uncoveredSlots(topology.shards);
      shards = await Promise.all(
        topology.shards.map(async (shard) =>
          judgeShard(
            shard,
            await this.probe.ask(shard.primary.address),
            this.options,
          ),
        ),
      );
    } catch (error) {
      return {
        status: 'down',
        message: `The topology is not known: ${error instanceof Error ? error.message : String(error)}`,
        shards: [],
      };
    }
    const troubles = shards.map((shard) => shard.message).filter(Boolean);
    if (gaps.length > 0) {
      troubles.unshift(
        `slots ${gaps.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(', ')} are not served`,
      );
    }
    const statuses = new Set(shards.map((shard) => shard.status));
    return {
      status:
        gaps.length > 0 || statuses.has('down')
          ? 'down'
          : statuses.has('degraded')
            ? 'degraded'
            : 'up',
      message:
        troubles.join('; ') ||
        `${shards.length} shards serve every slot, all replicas follow`,
      shards,
    };
  }

  private async topology() {
    await this.client.connect();
    return firstValueFrom(this.client.topology$);
  }
}
