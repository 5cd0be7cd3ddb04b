import {
  type ArgumentsHost,
  Catch,
  type ContextType,
  type ExceptionFilter,
  HttpStatus,
  Logger,
} from '@nestjs/common';
import type { Observable } from 'rxjs';
import { PersistenceError } from '../errors/persistence-error.js';
import {
  ReplicationError,
  type ShardReplication,
} from '../errors/replication-error.js';
import {
  answerHttp,
  answerRpc,
  answerWs,
  graphQlError,
} from './failure-answer.js';
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

/**
 * Answers an HTTP request that failed with a `ReplicationError` or a
 * `PersistenceError` by status 503
 * and a {@link ReplicationFailure} for programs to read. Opt in by
 * `@UseFilters(ReplicationExceptionFilter)`, or for all routes by the provider
 * `{ provide: APP_FILTER, useClass: ReplicationExceptionFilter }`.
 *
 * A microservice answers a message by the same fields and `status: 'error'`;
 * a gateway sends them as the event `exception`, with `cause`, as Nest does
 * with exceptions of its own. The failure of an event handler, and one that
 * comes after a handler has answered by `@Res()`, can only be logged, and is.
 * A GraphQL error has the fields as its `extensions`. Elsewhere the error
 * passes as it was thrown.
 *
 * The body names the primaries' addresses; override {@link describe} to say
 * less, or more.
 *
 * @publicApi
 */
@Catch(ReplicationError, PersistenceError)
export class ReplicationExceptionFilter implements ExceptionFilter<
  ReplicationError | PersistenceError
> {
  private readonly logger = new Logger(ReplicationExceptionFilter.name);

  /**
   * Answers the request or message.
   *
   * @param error what the handler failed with
   * @param host the request or message
   */
  catch(
    error: ReplicationError | PersistenceError,
    host: ArgumentsHost,
  ): Observable<never> | void {
    switch (host.getType<ContextType | 'graphql'>()) {
      case 'http':
        return answerHttp(host, this.describe(error), error, this.logger);
      case 'rpc':
        return answerRpc(this.describe(error), error, this.logger);
      case 'ws':
        return answerWs(host, this.describe(error));
      case 'graphql':
        throw graphQlError(this.describe(error), error);
      default:
        throw error;
    }
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
