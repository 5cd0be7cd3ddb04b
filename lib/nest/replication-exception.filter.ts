import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpStatus,
} from '@nestjs/common';
import { PersistenceError } from '../errors/persistence-error.js';
import {
  ReplicationError,
  type ShardReplication,
} from '../errors/replication-error.js';
import {
  persistenceFailed,
  replicationFailed,
} from './redis-cluster.messages.js';

/**
 * The body of the answer to a request whose writes are not known to be
 * replicated, or on disk.
 *
 * @publicApi
 */
export interface ReplicationFailure {
  /** 503 */
  readonly statusCode: number;
  /** `Service Unavailable` */
  readonly error: string;
  /** `REPLICATION` or `PERSISTENCE` */
  readonly code: string;
  /** What happened, in words. */
  readonly message: string;
  /** How many replicas of each shard were required. */
  readonly required: number;
  /** The least number of acknowledgements of all shards written to. */
  readonly acknowledged: number;
  /** How long the acknowledgements were waited for, in milliseconds. */
  readonly timeoutMs: number;
  /** `unknown` when one shard is not known to have executed every write. */
  readonly applied: 'yes' | 'unknown';
  /** What is known of each shard written to. */
  readonly shards: readonly ShardReplication[];
}

interface HttpResponse {
  status(code: number): this;
  send(body: unknown): unknown;
}

/**
 * Answers an HTTP request that failed with a `ReplicationError` or a
 * `PersistenceError` by status 503
 * and a {@link ReplicationFailure} for programs to read. Opt in by
 * `@UseFilters(ReplicationExceptionFilter)`, or for all routes by the provider
 * `{ provide: APP_FILTER, useClass: ReplicationExceptionFilter }`.
 *
 * The body names the primaries' addresses; override {@link describe} to say
 * less, or more. Other transports get the error as it was thrown.
 *
 * @publicApi
 */
@Catch(ReplicationError, PersistenceError)
export class ReplicationExceptionFilter implements ExceptionFilter<
  ReplicationError | PersistenceError
> {
  /**
   * Answers the request.
   *
   * @param error what the handler failed with
   * @param host the request
   */
  catch(error: ReplicationError | PersistenceError, host: ArgumentsHost): void {
    if (host.getType() !== 'http') throw error;
    // express and fastify agree on these two
    host
      .switchToHttp()
      .getResponse<HttpResponse>()
      .status(HttpStatus.SERVICE_UNAVAILABLE)
      .send(this.describe(error));
  }

  /**
   * The body of the answer.
   *
   * @param error what the handler failed with
   */
  protected describe(
    error: ReplicationError | PersistenceError,
  ): ReplicationFailure {
    const applied = error.shards.every((shard) => shard.applied === 'yes')
      ? 'yes'
      : 'unknown';
    return {
      statusCode: HttpStatus.SERVICE_UNAVAILABLE,
      error: 'Service Unavailable',
      code: error.code,
      message:
        error instanceof PersistenceError
          ? persistenceFailed(error.timeoutMs, applied)
          : replicationFailed(
              error.required,
              error.acknowledged,
              error.timeoutMs,
              applied,
            ),
      required: error.required,
      acknowledged: error.acknowledged,
      timeoutMs: error.timeoutMs,
      applied,
      shards: error.shards,
    };
  }
}
