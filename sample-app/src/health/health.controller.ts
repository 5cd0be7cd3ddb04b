import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  type HealthCheckResult,
  HealthCheckService,
} from '@nestjs/terminus';
import { RedisClusterHealthIndicator } from 'nest-redis-cluster';

@Controller('health')
export class HealthController {
  constructor(
    private readonly terminus: HealthCheckService,
    private readonly redis: RedisClusterHealthIndicator,
  ) {}

  /** 200 while every slot is served, 503 when one is not. */
  @Get()
  @HealthCheck()
  check(): Promise<HealthCheckResult> {
    return this.terminus.check([() => this.redis.isHealthy('redis')]);
  }
}
