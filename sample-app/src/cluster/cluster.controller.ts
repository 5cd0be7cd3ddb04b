import {
  Controller,
  type MessageEvent,
  type OnModuleDestroy,
  Sse,
} from '@nestjs/common';
import {
  RedisClusterClient,
  RedisClusterHealthIndicator,
} from 'nest-redis-cluster';
import {
  interval,
  map,
  merge,
  type Observable,
  Subject,
  takeUntil,
} from 'rxjs';

/** Proxies drop connections on which nothing happens. */
const HEARTBEAT_MS = 15_000;

@Controller('cluster')
export class ClusterController implements OnModuleDestroy {
  private readonly closing = new Subject<void>();

  constructor(
    private readonly redis: RedisClusterClient,
    private readonly health: RedisClusterHealthIndicator,
  ) {}

  /** Topology and health, the latest of both at once and then each change. */
  @Sse('stream')
  stream(): Observable<MessageEvent> {
    return merge(
      this.redis.topology$.pipe(
        map((topology) => ({ type: 'topology', data: topology })),
      ),
      this.health
        .watch()
        .pipe(map((health) => ({ type: 'health', data: health }))),
      interval(HEARTBEAT_MS).pipe(map(() => ({ type: 'heartbeat', data: '' }))),
    ).pipe(takeUntil(this.closing));
  }

  /** The server waits for open responses, and these would never end. */
  onModuleDestroy(): void {
    this.closing.next();
  }
}
