import {
  applyDecorators,
  Controller,
  Get,
  Header,
  HttpCode,
  Injectable,
  type MessageEvent,
  type ModuleMetadata,
  Param,
  Put,
  Res,
  Sse,
  UseFilters,
} from '@nestjs/common';
import {
  Command,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  type ICommandHandler,
  type IEventHandler,
} from '@nestjs/cqrs';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { Cron, Interval, ScheduleModule } from '@nestjs/schedule';
import {
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  type WsResponse,
} from '@nestjs/websockets';
import {
  type EnsureReplicationDecorator,
  RedisClusterClient,
  ReplicationExceptionFilter,
} from 'nest-redis-cluster';
import { concat, defer, map, type Observable } from 'rxjs';

/** A command of CQRS. */
export class Place extends Command<string> {
  constructor(readonly key: string) {
    super();
  }
}

/** A command whose handler publishes {@link Placed}. */
export class PlaceAndTell extends Command<string> {
  constructor(
    readonly key: string,
    readonly told: string,
  ) {
    super();
  }
}

/** An event of CQRS. */
export class Placed {
  constructor(readonly key: string) {}
}

/** The name of the cron job. */
export const CRON_JOB = 'nightly';

/** What the scheduled methods are to write. */
@Injectable()
export class JobKeys {
  /** By the cron job. */
  nightly = '';
  /** By the interval, once. */
  often: string | undefined;
}

interface Answer {
  send(body: string): unknown;
}

/** Writes without any guarantee: whoever calls it is decorated. */
@Injectable()
export class Writer {
  constructor(private readonly redis: RedisClusterClient) {}

  async write(key: string): Promise<string> {
    await this.redis.set(key, key);
    return key;
  }

  /** Writes when it is subscribed to: `key:1`, then `key:2`. */
  stream(key: string): Observable<string> {
    return concat(
      defer(() => this.write(`${key}:1`)),
      defer(() => this.write(`${key}:2`)),
    );
  }
}

/**
 * All that runs methods in Nest.
 *
 * @param ensured makes the decorator of each method
 * @param ensuredEvents the same for the handler of CQRS events, which answers nobody
 */
export function contextsOf(
  ensured: () => EnsureReplicationDecorator,
  ensuredEvents = ensured,
): Required<Pick<ModuleMetadata, 'imports' | 'controllers' | 'providers'>> {
  const EnsuredPut = (path: string) =>
    applyDecorators(
      ensured(),
      Put(path),
      HttpCode(202),
      Header('x-composed', 'yes'),
    );
  const PutEnsured = (path: string) =>
    applyDecorators(
      Put(path),
      HttpCode(202),
      Header('x-composed', 'yes'),
      ensured(),
    );

  @Controller()
  @UseFilters(ReplicationExceptionFilter)
  class HttpHandlers {
    constructor(private readonly writer: Writer) {}

    @Get('one/:key')
    @ensured()
    one(@Param('key') key: string): Promise<string> {
      return this.writer.write(key);
    }

    @ensured()
    @Get('many/:key')
    many(@Param('key') key: string): Observable<string> {
      return this.writer.stream(key);
    }

    @EnsuredPut('composed/:key')
    composed(@Param('key') key: string): Promise<string> {
      return this.writer.write(key);
    }

    @PutEnsured('composed-below/:key')
    composedBelow(@Param('key') key: string): Promise<string> {
      return this.writer.write(key);
    }

    /** Answers by itself, and so before its writes are proven. */
    @ensured()
    @Get('answered/:key')
    async answered(
      @Param('key') key: string,
      @Res() answer: Answer,
    ): Promise<void> {
      await this.writer.write(key);
      answer.send('too early');
    }

    @Sse('events/:key')
    @ensured()
    events(@Param('key') key: string): Observable<MessageEvent> {
      return this.writer.stream(key).pipe(map((data) => ({ data })));
    }
  }

  @Controller()
  @UseFilters(ReplicationExceptionFilter)
  class MessageHandlers {
    constructor(private readonly writer: Writer) {}

    @MessagePattern('one')
    @ensured()
    one(@Payload() key: string): Promise<string> {
      return this.writer.write(key);
    }

    @ensured()
    @MessagePattern('many')
    many(@Payload() key: string): Observable<string> {
      return this.writer.stream(key);
    }

    @ensured()
    @EventPattern('happened')
    async happened(@Payload() key: string): Promise<void> {
      await this.writer.write(key);
    }
  }

  @WebSocketGateway()
  @UseFilters(ReplicationExceptionFilter)
  class Gateway {
    constructor(private readonly writer: Writer) {}

    @SubscribeMessage('one')
    @ensured()
    async one(@MessageBody() key: string): Promise<WsResponse<string>> {
      return { event: 'one', data: await this.writer.write(key) };
    }

    @ensured()
    @SubscribeMessage('many')
    many(@MessageBody() key: string): Observable<WsResponse<string>> {
      return this.writer
        .stream(key)
        .pipe(map((data) => ({ event: 'many', data })));
    }
  }

  @CommandHandler(Place)
  class PlaceHandler implements ICommandHandler<Place> {
    constructor(private readonly writer: Writer) {}

    @ensured()
    execute({ key }: Place): Promise<string> {
      return this.writer.write(key);
    }
  }

  @CommandHandler(PlaceAndTell)
  class PlaceAndTellHandler implements ICommandHandler<PlaceAndTell> {
    constructor(
      private readonly writer: Writer,
      private readonly events: EventBus,
    ) {}

    @ensured()
    async execute({ key, told }: PlaceAndTell): Promise<string> {
      await this.writer.write(key);
      this.events.publish(new Placed(told));
      return key;
    }
  }

  @EventsHandler(Placed)
  class PlacedHandler implements IEventHandler<Placed> {
    constructor(private readonly writer: Writer) {}

    @ensuredEvents()
    async handle({ key }: Placed): Promise<void> {
      await this.writer.write(key);
    }
  }

  @Injectable()
  class Jobs {
    constructor(
      private readonly writer: Writer,
      private readonly keys: JobKeys,
    ) {}

    // once a year: the tests call it
    @Cron('0 0 1 1 *', { name: CRON_JOB, waitForCompletion: true })
    @ensured()
    async nightly(): Promise<void> {
      await this.writer.write(this.keys.nightly);
    }

    @ensured()
    @Interval(20)
    async often(): Promise<void> {
      const key = this.keys.often;
      this.keys.often = undefined;
      if (key !== undefined) await this.writer.write(key);
    }
  }

  return {
    imports: [CqrsModule.forRoot(), ScheduleModule.forRoot()],
    controllers: [HttpHandlers, MessageHandlers],
    providers: [
      Writer,
      JobKeys,
      Gateway,
      PlaceHandler,
      PlaceAndTellHandler,
      PlacedHandler,
      Jobs,
    ],
  };
}
