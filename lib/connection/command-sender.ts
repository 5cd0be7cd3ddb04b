import type { Argument } from '../commands/command-spec.js';
import { ConnectionError } from '../errors/connection-error.js';
import { exchange, type ExchangeListener } from './exchange.js';
import { RawRequest } from './raw-request.js';
import type { Request } from './request.js';

/** Sends commands that are no caller's: topology, health, barriers. */
export abstract class CommandSender {
  /** `host:port`. */
  abstract readonly label: string;

  /** @param handshakeMs the time that a handshake may take, in milliseconds */
  constructor(private readonly handshakeMs: number) {}

  /**
   * Queues a request.
   *
   * @returns false when the queue is full; the request was not taken
   */
  abstract push(request: Request): boolean;

  /**
   * Queues a request and writes it there and then: what a connection's only
   * user sends gains nothing by waiting for others.
   *
   * @returns false when the queue is full; the request was not taken
   */
  abstract pushAtOnce(request: Request): boolean;

  /** @returns the reply as sent; rejects with `ReplyError`, `TimeoutError`, `ConnectionError` (not sent) or `OutcomeUnknownError` */
  command(words: readonly Argument[], timeoutMs: number): Promise<unknown> {
    return this.ask(words, timeoutMs, undefined);
  }

  /** {@link command} with the time that a handshake may take: for questions that a live node answers at once. */
  send(words: readonly Argument[]): Promise<unknown> {
    return this.ask(words, this.handshakeMs, undefined);
  }

  /** {@link command} for one that the server may rightly leave without a reply for so long: what is behind it waits. */
  block(words: readonly Argument[], forMilliseconds: number): Promise<unknown> {
    return this.ask(words, Infinity, forMilliseconds);
  }

  /** Sends commands in one write with what waits for it; see {@link exchange}. */
  exchange(
    commands: readonly (readonly Argument[])[],
    listener: ExchangeListener,
    forMilliseconds?: number,
  ): void {
    exchange(this, commands, listener, forMilliseconds);
  }

  private ask(
    words: readonly Argument[],
    timeoutMs: number,
    blocks: number | undefined,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const request = new RawRequest(words, timeoutMs, resolve, reject);
      request.blocks = blocks;
      if (this.push(request)) return;
      reject(
        new ConnectionError(
          `The connection to ${this.label} has a full queue`,
          { node: this.label },
        ),
      );
    });
  }
}
