import {
  type ArgumentsHost,
  Catch,
  HttpStatus,
  ServiceUnavailableException,
} from '@nestjs/common';
import { BaseExceptionFilter } from '@nestjs/core';
import { FanOutError, RedisClusterError } from 'nest-redis-cluster';

/**
 * What the cluster could not do is not this server's fault (500), and may work
 * later (503). `code` tells programs what is known: after `OUTCOME_UNKNOWN`
 * the write may have been executed, after `TIMEOUT` it was not.
 */
@Catch(RedisClusterError, FanOutError)
export class ClusterUnavailableFilter extends BaseExceptionFilter {
  override catch(
    error: RedisClusterError | FanOutError,
    host: ArgumentsHost,
  ): void {
    const { code, message, command, node } = error;
    super.catch(
      new ServiceUnavailableException({
        statusCode: HttpStatus.SERVICE_UNAVAILABLE,
        error: 'Service Unavailable',
        code,
        message,
        command,
        node,
      }),
      host,
    );
  }
}
