import { Get, Logger, SetMetadata } from '@nestjs/common';
import {
  firstValueFrom,
  isObservable,
  lastValueFrom,
  Observable,
  of,
  Subject,
  take,
  throwError,
  toArray,
} from 'rxjs';
import {
  afterEach,
  beforeEach,
  describe,
  expect,
  it,
  vi,
  type MockInstance,
} from 'vitest';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { EnsureReplication } from '../../../lib/nest/ensure-replication.decorator.js';

const untyped = EnsureReplication as unknown as (
  ...args: unknown[]
) => MethodDecorator;

const unchanged = async (): Promise<void> => {};

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

describe('@EnsureReplication, as seen from outside', () => {
  class Controller {
    @Get('above')
    @SetMetadata('roles', ['admin'])
    @EnsureReplication()
    async above(_first: string, _second: number): Promise<void> {}

    @EnsureReplication()
    @Get('below')
    @SetMetadata('roles', ['admin'])
    async below(_first: string, _second: number): Promise<void> {}
  }

  it.each(['above', 'below'] as const)(
    'keeps name, length and metadata when other decorators are %s it',
    (key) => {
      const method = Controller.prototype[key];
      expect(method.name).toBe(key);
      expect(method).toHaveLength(2);
      expect(Reflect.getMetadata('path', method)).toBe(key);
      expect(Reflect.getOwnMetadata('roles', method)).toEqual(['admin']);
      expect(
        Reflect.getMetadata('design:paramtypes', Controller.prototype, key),
      ).toEqual([String, Number]);
    },
  );

  it('keeps own properties, and leaves metadata added later off the original', () => {
    const original = Object.assign(unchanged, { marked: true });
    const descriptor = { value: original };
    EnsureReplication()({}, 'method', descriptor);
    expect(descriptor.value).not.toBe(original);
    expect(descriptor.value.marked).toBe(true);
    Reflect.defineMetadata('later', true, descriptor.value);
    expect(Reflect.hasMetadata('later', original)).toBe(false);
  });
});

describe('@EnsureReplication, as it is called', () => {
  let warn: MockInstance<Logger['warn']>;

  beforeEach(() => {
    warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  });

  class Service {
    readonly factor = 2;
    calls = 0;

    @EnsureReplication()
    async double(value: number): Promise<number> {
      this.calls += 1;
      return value * this.factor;
    }

    @untyped()
    sync(value: number): number {
      return value * this.factor;
    }

    @EnsureReplication()
    stream(...values: number[]): Observable<number> {
      this.calls += 1;
      return of(...values);
    }

    @EnsureReplication()
    async later(...values: number[]): Promise<Observable<number>> {
      return of(...values);
    }

    @EnsureReplication()
    async failing(): Promise<void> {
      throw new RangeError('its own');
    }

    @EnsureReplication()
    failingStream(): Observable<never> {
      return throwError(() => new RangeError('its own'));
    }

    @EnsureReplication()
    relay<T>(source: Observable<T>): Observable<T> {
      return source;
    }
  }

  it('hands on this, the arguments and the result', async () => {
    const service = new Service();
    await expect(service.double(21)).resolves.toBe(42);
    expect(service.calls).toBe(1);
  });

  it('turns a synchronous method into a promise', async () => {
    const result: unknown = new Service().sync(4);
    expect(result).toBeInstanceOf(Promise);
    await expect(result).resolves.toBe(8);
  });

  it('returns an Observable at once, and calls the method once', async () => {
    const service = new Service();
    const stream = service.stream(1, 2, 3);
    expect(isObservable(stream)).toBe(true);
    await expect(lastValueFrom(stream.pipe(toArray()))).resolves.toEqual([
      1, 2, 3,
    ]);
    await expect(lastValueFrom(stream)).resolves.toBe(3);
    expect(service.calls).toBe(1);
  });

  it('covers an Observable that a promise brings', async () => {
    const stream = await new Service().later(1, 2);
    await expect(lastValueFrom(stream)).resolves.toBe(2);
  });

  it('leaves a method its own error', async () => {
    const service = new Service();
    await expect(service.failing()).rejects.toThrow(RangeError);
    await expect(lastValueFrom(service.failingStream())).rejects.toThrow(
      RangeError,
    );
  });

  it('unsubscribes from the source with its subscriber', () => {
    const source = new Subject<number>();
    const subscription = new Service().relay(source).subscribe();
    expect(source.observed).toBe(true);
    subscription.unsubscribe();
    expect(source.observed).toBe(false);
  });

  it('stops a source that emits while it is being subscribed to', async () => {
    let emitted = 0;
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed) subscriber.next((emitted += 1));
    });
    const taken = new Service().relay(endless).pipe(take(3), toArray());
    await expect(firstValueFrom(taken)).resolves.toEqual([1, 2, 3]);
    expect(emitted).toBe(3);
  });

  it('warns once per method when an Observable completes without a write', async () => {
    class Hot {
      @EnsureReplication()
      first(): Observable<number> {
        return of(1);
      }

      @EnsureReplication()
      second(): Observable<number> {
        return of(1);
      }
    }
    const hot = new Hot();
    await lastValueFrom(hot.first());
    await lastValueFrom(hot.first());
    await lastValueFrom(hot.second());
    expect(warn.mock.calls.map(([message]) => String(message))).toEqual([
      expect.stringContaining('Hot.first: '),
      expect.stringContaining('Hot.second: '),
    ]);
  });

  it('does not warn in production', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    class Hot {
      @EnsureReplication()
      first(): Observable<number> {
        return of(1);
      }
    }
    await lastValueFrom(new Hot().first());
    expect(warn).not.toHaveBeenCalled();
  });
});

describe('@EnsureReplication refuses, when it is declared', () => {
  class Target {
    async method(): Promise<void> {}
    *generator(): Generator<number> {
      yield 1;
    }
    async *asyncGenerator(): AsyncGenerator<number> {
      yield 1;
    }
    get accessor(): number {
      return 1;
    }
    static async fixed(): Promise<void> {}
  }
  const on =
    (key: string, ...args: unknown[]) =>
    () =>
      untyped(...args)(
        Target.prototype,
        key,
        Object.getOwnPropertyDescriptor(Target.prototype, key)!,
      );

  it.each([
    ['a generator', on('generator'), 'Target.generator'],
    ['an async generator', on('asyncGenerator'), 'Target.asyncGenerator'],
    ['an accessor', on('accessor'), 'Target.accessor'],
    ['no replicas', on('method', 0), 'Target.method'],
    ['a part of a replica', on('method', 1.5), 'Target.method'],
    ['replicas as text', on('method', '1'), 'Target.method'],
    ['endless waiting', on('method', 1, 0), 'Target.method'],
    ['a negative timeout', on('method', 1, -5), 'Target.method'],
    ['no timeout', on('method', 1, Number.NaN), 'Target.method'],
    ['an infinite one', on('method', 1, Infinity), 'Target.method'],
    [
      'an empty client name',
      on('method', 1, 100, { client: '' }),
      'Target.method',
    ],
  ])('%s, naming the member', (_, decorate, member) => {
    expect(decorate).toThrow(ConfigurationError);
    expect(decorate).toThrow(new RegExp(`^${member}: `));
  });

  it.each(['generator', 'asyncGenerator'])(
    'a generator, telling what to return instead (%s)',
    (key) => {
      expect(on(key)).toThrow(/Return a promise or an Observable$/);
    },
  );

  it('names a static method by its class', () => {
    expect(() =>
      untyped(0)(
        Target,
        'fixed',
        Object.getOwnPropertyDescriptor(Target, 'fixed')!,
      ),
    ).toThrow(/^Target\.fixed: /);
  });
});
