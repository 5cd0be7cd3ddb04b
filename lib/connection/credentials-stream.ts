import type { Subscribable, Unsubscribable } from 'rxjs';
import { ClosedError } from '../errors/closed-error.js';
import { ConnectionError } from '../errors/connection-error.js';
import type { Credentials } from '../options/client-options.js';
import { checkedCredentials } from '../options/credentials.js';

/** What a stream of credentials tells. */
export interface CredentialsStreamListener {
  changed(credentials: Credentials): void;
  /** It failed, or gave what are no credentials, behind its first ones: those before stay in use. */
  failed(cause: Error): void;
}

/** Waits for the first credentials. */
interface FirstWait {
  readonly resolve: (credentials: Credentials) => void;
  readonly reject: (cause: Error) => void;
}

/**
 * The application's stream of credentials: subscribed to once, by the first
 * attempt to connect, until the client is closed. One that ends before it has
 * given any is subscribed to again by the next attempt.
 *
 * @internal
 */
export class CredentialsStream {
  private newest: Credentials | undefined;
  private first: Promise<Credentials> | undefined;
  private wait: FirstWait | undefined;
  private subscription: Unsubscribable | undefined;
  private subscribed = false;
  private closed = false;

  constructor(
    private readonly source: Subscribable<unknown>,
    private readonly listener: CredentialsStreamListener,
  ) {}

  /**
   * The newest credentials, or the first ones when they come.
   *
   * @throws {ConnectionError} when the stream fails or completes before
   * @throws {ConfigurationError} when it gives something else first
   */
  begin(): Promise<Credentials> {
    if (this.newest !== undefined) return Promise.resolve(this.newest);
    if (this.closed) return Promise.reject(closedError());
    this.first ??= new Promise((resolve, reject) => {
      this.wait = { resolve, reject };
    });
    const { first } = this;
    // whoever waits may have lost patience before
    first.catch(() => {});
    if (!this.subscribed) this.subscribe();
    return first;
  }

  /** What a connection takes that is being made: {@link begin}, without another subscription. */
  current(): Credentials | Promise<Credentials> {
    return (
      this.newest ??
      this.first ??
      Promise.reject(new ConnectionError('credentialsProvider has ended'))
    );
  }

  close(): void {
    this.closed = true;
    this.subscription?.unsubscribe();
    this.subscription = undefined;
    this.settle(({ reject }) => reject(closedError()));
  }

  private subscribe(): void {
    this.subscribed = true;
    let subscription: Unsubscribable;
    try {
      subscription = this.source.subscribe({
        next: (value) => this.emitted(value),
        error: (cause) => this.failed(cause),
        complete: () => this.completed(),
      });
    } catch (cause) {
      this.failed(cause);
      return;
    }
    // what it does at once may have ended it, or the client
    if (this.closed) subscription.unsubscribe();
    else if (this.subscribed) this.subscription = subscription;
  }

  private emitted(value: unknown): void {
    if (this.closed) return;
    let credentials: Credentials;
    try {
      credentials = checkedCredentials(value);
    } catch (error) {
      this.tell(error as Error);
      return;
    }
    this.newest = credentials;
    this.listener.changed(credentials);
    this.settle(({ resolve }) => resolve(credentials));
  }

  private failed(cause: unknown): void {
    this.ended();
    const said = cause instanceof Error ? `: ${cause.message}` : '';
    this.tell(
      new ConnectionError(`credentialsProvider failed${said}`, { cause }),
    );
  }

  private completed(): void {
    this.ended();
    this.settle(({ reject }) =>
      reject(
        new ConnectionError('credentialsProvider completed without a value'),
      ),
    );
  }

  private ended(): void {
    this.subscribed = false;
    this.subscription = undefined;
  }

  private tell(error: Error): void {
    if (this.closed) return;
    if (this.newest !== undefined) this.listener.failed(error);
    else this.settle(({ reject }) => reject(error));
  }

  private settle(how: (wait: FirstWait) => void): void {
    const { wait } = this;
    this.wait = undefined;
    this.first = undefined;
    if (wait !== undefined) how(wait);
  }
}

function closedError(): ClosedError {
  return new ClosedError('The client is closed');
}
