import {
  type CallHandler,
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type NestInterceptor,
  Param,
  type PipeTransform,
  UseFilters,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type WsResponse,
} from '@nestjs/websockets';
import {
  EnsureReplication,
  RedisClusterClient,
  ReplicationExceptionFilter,
} from 'nest-redis-cluster';
import { mergeMap, type Observable, tap } from 'rxjs';
import { Writer } from './nest-contexts.js';
import { FROZEN, TIMEOUT_MS } from './replicated-app.js';

/** What ran since a test emptied it. */
export const steps: string[] = [];

/** Guard, interceptor and pipe: each writes to the shard of {@link FROZEN}. */
@Injectable()
export class Around implements CanActivate, NestInterceptor, PipeTransform {
  constructor(private readonly writer: Writer) {}

  async canActivate(): Promise<boolean> {
    await this.step('guard');
    return true;
  }

  async transform(key: string): Promise<string> {
    await this.step('pipe');
    return key;
  }

  async intercept(
    _: ExecutionContext,
    next: CallHandler<unknown>,
  ): Promise<Observable<unknown>> {
    await this.step('interceptor');
    return next.handle().pipe(
      tap({ error: (error: Error) => steps.push(error.name) }),
      mergeMap(async (value) => {
        await this.step('interceptor again');
        return value;
      }),
    );
  }

  private async step(name: string): Promise<void> {
    steps.push(name);
    await this.writer.write(`${FROZEN}:${name}`);
  }
}

@Controller()
@UseFilters(ReplicationExceptionFilter)
@UseGuards(Around)
@UseInterceptors(Around)
export class OrderedHandlers {
  constructor(private readonly writer: Writer) {}

  @Get('ordered/:key')
  @EnsureReplication(1, TIMEOUT_MS)
  http(@Param('key', Around) key: string): Promise<string> {
    steps.push('handler');
    return this.writer.write(key);
  }

  @MessagePattern('ordered')
  @EnsureReplication(1, TIMEOUT_MS)
  rpc(@Payload(Around) key: string): Promise<string> {
    steps.push('handler');
    return this.writer.write(key);
  }
}

@WebSocketGateway()
@UseFilters(ReplicationExceptionFilter)
@UseGuards(Around)
@UseInterceptors(Around)
export class OrderedGateway {
  constructor(private readonly writer: Writer) {}

  @SubscribeMessage('ordered')
  @EnsureReplication(1, TIMEOUT_MS)
  async ws(@MessageBody(Around) key: string): Promise<WsResponse<string>> {
    steps.push('handler');
    return { event: 'ordered', data: await this.writer.write(key) };
  }
}

type AsyncMethod = (this: Layers, key: string) => Promise<string>;

/** A decorator that wraps the method: what `around` gets calls it. */
function Wrapped(
  around: (method: () => Promise<string>, self: Layers) => Promise<string>,
) {
  return (
    _target: object,
    _name: string,
    descriptor: TypedPropertyDescriptor<AsyncMethod>,
  ): void => {
    const method = descriptor.value!;
    descriptor.value = function (key) {
      return around(() => method.call(this, key), this);
    };
  };
}

/** Writes once more when the method is done, as a transaction commits. */
const Committed = () =>
  Wrapped(async (method, { writer }) => {
    await method();
    return writer.write(`${FROZEN}:committed`);
  });

const Retried = () => Wrapped((method) => method().catch(method));

/** Methods under a second decorator that wraps them. */
@Injectable()
export class Layers {
  constructor(
    readonly writer: Writer,
    private readonly redis: RedisClusterClient,
  ) {}

  @EnsureReplication(1, TIMEOUT_MS)
  @Committed()
  async aboveCommit(key: string): Promise<string> {
    return this.writer.write(key);
  }

  @Committed()
  @EnsureReplication(1, TIMEOUT_MS)
  async belowCommit(key: string): Promise<string> {
    return this.writer.write(key);
  }

  @EnsureReplication(1, TIMEOUT_MS)
  @Retried()
  async aboveRetry(key: string): Promise<string> {
    return String(await this.redis.incr(key));
  }

  @Retried()
  @EnsureReplication(1, TIMEOUT_MS)
  async belowRetry(key: string): Promise<string> {
    return String(await this.redis.incr(key));
  }
}
