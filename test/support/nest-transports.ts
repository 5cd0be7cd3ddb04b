import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { INestApplication, ModuleMetadata } from '@nestjs/common';
import {
  type ClientProxy,
  ClientProxyFactory,
  Transport,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test } from '@nestjs/testing';
import {
  catchError,
  firstValueFrom,
  fromEvent,
  lastValueFrom,
  map,
  of,
  take,
  toArray,
} from 'rxjs';
import { WebSocket } from 'ws';

/** One application that listens to HTTP, TCP messages and WebSockets, and clients of the last two. */
export class Transports implements AsyncDisposable {
  private constructor(
    readonly app: INestApplication,
    private readonly proxy: ClientProxy,
    private readonly socket: WebSocket,
  ) {}

  static async open(metadata: ModuleMetadata): Promise<Transports> {
    const module = await Test.createTestingModule(metadata).compile();
    const app = module.createNestApplication();
    app.useWebSocketAdapter(new WsAdapter(app));
    const host = '127.0.0.1';
    const microservice = app.connectMicroservice({
      transport: Transport.TCP,
      options: { host, port: 0 },
    });
    await app.startAllMicroservices();
    await app.listen(0, host);

    const { port } = microservice
      .unwrap<{ address(): AddressInfo }>()
      .address();
    const proxy = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { host, port },
    });
    await proxy.connect();
    const server = app.getHttpServer() as { address(): AddressInfo };
    const socket = new WebSocket(`ws://${host}:${server.address().port}`);
    await once(socket, 'open');
    return new Transports(app, proxy, socket);
  }

  /** All answers to one message; an error is the last of them, as `{ failed }`. */
  send(pattern: string, data: unknown): Promise<unknown[]> {
    return lastValueFrom(
      this.proxy.send<unknown>(pattern, data).pipe(
        catchError((failed: unknown) => of({ failed })),
        toArray(),
      ),
    );
  }

  /** Sends an event, which nobody answers. */
  async emit(pattern: string, data: unknown): Promise<void> {
    await lastValueFrom(this.proxy.emit<unknown>(pattern, data), {
      defaultValue: undefined,
    });
  }

  /** So many messages that come back for one sent over the WebSocket. */
  ask(event: string, data: unknown, answers = 1): Promise<unknown[]> {
    const received = firstValueFrom(
      fromEvent<{ data: string }>(this.socket, 'message').pipe(
        map((message) => JSON.parse(message.data) as unknown),
        take(answers),
        toArray(),
      ),
    );
    this.socket.send(JSON.stringify({ event, data }));
    return received;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.proxy.close();
    await this.app.close();
  }
}
