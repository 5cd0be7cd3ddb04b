import {
  type ArgumentsHost,
  HttpStatus,
  type LoggerService,
} from '@nestjs/common';
import { type Observable, throwError } from 'rxjs';

/** What express and fastify agree on; `raw` is what fastify wraps. */
interface HttpResponse {
  readonly raw?: NodeResponse;
  status(code: number): this;
  send(body: unknown): unknown;
}

interface NodeResponse {
  readonly headersSent: boolean;
  end(): unknown;
}

/** A socket of Socket.IO, or a WebSocket as browsers and `ws` have it. */
interface WsClient {
  readonly readyState?: unknown;
  emit?(event: string, data: unknown): unknown;
  send?(text: string): unknown;
}

/**
 * Answers by status 503, unless the handler has begun to answer by itself:
 * then the answer is ended, as Nest does it, and the log has the error.
 *
 * @internal
 */
export function answerHttp(
  host: ArgumentsHost,
  body: object,
  error: Error,
  logger: LoggerService,
): void {
  const response = host.switchToHttp().getResponse<HttpResponse>();
  const node = response.raw ?? (response as unknown as NodeResponse);
  if (node.headersSent) {
    logger.error(error.message, error.stack);
    node.end();
  } else {
    response.status(HttpStatus.SERVICE_UNAVAILABLE).send(body);
  }
}

/**
 * An Observable is what the answer of a microservice's filter has to be: where
 * a filter throws, the caller of a message waits for ever. An event handler has
 * no caller, and cannot be told from a message handler here: hence the log.
 *
 * @internal
 */
export function answerRpc(
  body: object,
  error: Error,
  logger: LoggerService,
): Observable<never> {
  logger.error(error.message, error.stack);
  return throwError(() => ({ status: 'error', ...body }));
}

/**
 * Sends the message that Nest's own filter sends: the event `exception`, with
 * what it answers to as `cause`. A WebSocket's `emit` tells only its own
 * listeners, and `readyState` tells it from a socket of Socket.IO.
 *
 * @internal
 */
export function answerWs(host: ArgumentsHost, body: object): void {
  const ws = host.switchToWs();
  const client = ws.getClient<WsClient>();
  const cause = { pattern: ws.getPattern(), data: ws.getData<unknown>() };
  const data = { status: 'error', ...body, cause };
  if (typeof client.readyState === 'number') {
    client.send?.(JSON.stringify({ event: 'exception', data }));
  } else {
    client.emit?.('exception', data);
  }
}

/**
 * GraphQL takes the fields of an error for its `extensions` from a property of
 * this name; without it every error has the code of an internal one there.
 *
 * @internal
 */
export function graphQlError(
  body: { readonly message: string },
  cause: Error,
): Error {
  return Object.assign(new Error(body.message, { cause }), {
    extensions: { ...body },
  });
}
