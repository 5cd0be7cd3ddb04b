import {
  Body,
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Headers,
  Injectable,
  type NestInterceptor,
  Param,
  ParseIntPipe,
  Post,
  Scope,
  SetMetadata,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import {
  EnsureReplication,
  InjectRedisCluster,
  RedisClusterClient,
  ReplicationExceptionFilter,
} from 'nest-redis-cluster';
import { concat, defer, from, map, type Observable, throwError } from 'rxjs';

/** Keys of two different shards: the replica of the first one is frozen in the tests. */
export const FROZEN = '{a}';
export const HEALTHY = '{b}';
/** What methods give their replicas: enough on a busy machine, and waited out where one is frozen. */
export const TIMEOUT_MS = 4_000;
/** The timeout of methods that wait for no replica: long enough to tell. */
export const NEVER_WAITED_MS = 20_000;

/** What ran for the requests so far. */
export const seen: string[] = [];

@Injectable()
class RolesGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}
  canActivate(context: ExecutionContext): boolean {
    const role = this.reflector.get<string>('role', context.getHandler());
    const asked = context
      .switchToHttp()
      .getRequest<{ headers: Record<string, string> }>().headers['x-role'];
    seen.push('guard');
    return role === undefined || role === asked;
  }
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(
    _: ExecutionContext,
    next: CallHandler<unknown>,
  ): Observable<unknown> {
    seen.push('interceptor');
    return next.handle().pipe(map((data) => ({ data })));
  }
}

@Injectable()
export class Store {
  constructor(private readonly redis: RedisClusterClient) {}

  async write(key: string, value = 'written'): Promise<string> {
    await this.redis.set(key, value);
    return value;
  }

  @EnsureReplication(1, TIMEOUT_MS)
  async writeSafely(key: string): Promise<string> {
    return this.write(key);
  }

  @EnsureReplication(1, NEVER_WAITED_MS)
  async fail(key: string): Promise<never> {
    await this.write(key);
    throw new RangeError('its own');
  }

  @EnsureReplication(1, NEVER_WAITED_MS)
  async read(key: string): Promise<string | null> {
    return this.redis.get(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  stream(...keys: string[]): Observable<string> {
    return concat(...keys.map((key) => defer(() => this.write(key, key))));
  }

  /** Writes, emits the key, and waits for no replica with its own error. */
  @EnsureReplication(1, NEVER_WAITED_MS)
  failingStream(key: string): Observable<string> {
    return concat(
      defer(() => this.write(key, key)),
      throwError(() => new RangeError('its own')),
    );
  }

  /** Like {@link stream}, with a timeout that tells whether it was waited for. */
  @EnsureReplication(1, NEVER_WAITED_MS)
  patientStream(...keys: string[]): Observable<string> {
    return concat(...keys.map((key) => defer(() => this.write(key, key))));
  }

  /** Writes while it is called, and brings the Observable later. */
  @EnsureReplication(1, TIMEOUT_MS)
  async later(key: string): Promise<Observable<string>> {
    await this.write(key);
    return from(['later']);
  }
}

@Injectable()
class Base {
  constructor(protected readonly store: Store) {}

  @EnsureReplication(1, TIMEOUT_MS)
  async inherited(key: string): Promise<string> {
    return this.store.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  async overridden(key: string): Promise<string> {
    return this.store.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  async dropped(key: string): Promise<string> {
    return this.store.write(key);
  }
}

@Injectable()
export class Derived extends Base {
  override async overridden(key: string): Promise<string> {
    return super.overridden(key);
  }
  override async dropped(key: string): Promise<string> {
    return this.store.write(key);
  }
}

@Injectable({ scope: Scope.REQUEST })
export class PerRequest {
  constructor(private readonly store: Store) {}

  @EnsureReplication(1, TIMEOUT_MS)
  async write(key: string): Promise<string> {
    return this.store.write(key);
  }
}

@Injectable()
export class TwoClusters {
  constructor(
    private readonly redis: RedisClusterClient,
    @InjectRedisCluster('other') private readonly other: RedisClusterClient,
  ) {}

  @EnsureReplication(1, TIMEOUT_MS, { client: 'other' })
  async onlyOther(mine: string, others: string): Promise<void> {
    await Promise.all([this.redis.set(mine, 1), this.other.set(others, 1)]);
  }

  @EnsureReplication(1, TIMEOUT_MS, { client: 'default' })
  async onlyDefault(mine: string, others: string): Promise<void> {
    await Promise.all([this.redis.set(mine, 1), this.other.set(others, 1)]);
  }
}

interface Wish {
  key: string;
  count: number;
}

@Controller()
@UseGuards(RolesGuard)
@UseInterceptors(Envelope)
@UseFilters(ReplicationExceptionFilter)
export class AppController {
  constructor(
    private readonly store: Store,
    private readonly perRequest: PerRequest,
  ) {}

  @Get('above/:key')
  @EnsureReplication(1, TIMEOUT_MS)
  above(@Param('key') key: string): Promise<string> {
    seen.push('handler');
    return this.store.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  @Get('below/:key')
  @SetMetadata('role', 'seller')
  below(@Param('key') key: string): Promise<string> {
    seen.push('handler');
    return this.store.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  @Post('body/:factor')
  body(
    @Param('factor', ParseIntPipe) factor: number,
    @Body() wish: Wish,
    @Headers('x-role') role: string,
  ): Promise<string> {
    return this.store.write(wish.key, `${role} ${wish.count * factor}`);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  @Get('stream/:key')
  stream(@Param('key') key: string): Observable<string> {
    return defer(() => this.store.write(key, 'streamed'));
  }

  @Get('request/:key')
  scoped(@Param('key') key: string): Promise<string> {
    return this.perRequest.write(key);
  }
}
