import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { resolveOptions } from '../../../lib/options/resolve-options.js';

const nodes = ['127.0.0.1:7000'];

/** Resolves options from outside the type system. */
const resolve = (options: object) => resolveOptions({ nodes, ...options });

const refusal = (options: object): string => {
  try {
    resolve(options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message;
  }
  throw new Error('was not refused');
};

describe('options', () => {
  it('need nodes, or are refused at once (conformance 16)', () => {
    for (const options of [
      undefined,
      null,
      {},
      { nodes: [] },
      { nodes: 'h:1' },
    ]) {
      expect(() => resolveOptions(options as never)).toThrow(
        ConfigurationError,
      );
    }
  });

  it('have the documented defaults', () => {
    const { credentials, mapAddress, ...plain } = resolve({});
    expect(plain).toEqual({
      seeds: [{ host: '127.0.0.1', port: 7000 }],
      credentialsStream: undefined,
      tls: undefined,
      lookup: undefined,
      keyPrefix: undefined,
      clientName: undefined,
      name: undefined,
      nonAtomicCrossSlot: true,
      commandTimeoutMs: 30_000,
      socketTimeoutMs: 5_000,
      connectTimeoutMs: 30_000,
      retryUnknownWrites: false,
      maxQueuedCommands: 250_000,
      maxQueuedBytes: 268_435_456,
      maxExclusiveConnections: 64,
      exclusiveLeaseMs: 30_000,
      topologyRefreshMs: 30_000,
      reconnectDelayMs: { min: 50, max: 2_000 },
      replies: {
        strings: 'strings',
        integers: 'number',
        maps: 'object',
        sets: 'array',
      },
      readFrom: 'primary',
      protocol: 3,
    });
    expect(credentials()).toBeUndefined();
    expect(mapAddress({ host: 'h', port: 1 })).toEqual({ host: 'h', port: 1 });
  });

  it('name the nearest option where one is mistyped', () => {
    expect(refusal({ comandTimeoutMs: 1 })).toBe(
      "Unknown option 'comandTimeoutMs'; did you mean 'commandTimeoutMs'?",
    );
  });

  it('are refused where one is unknown', () => {
    expect(refusal({ database: 1 })).toBe("Unknown option 'database'");
    expect(refusal(JSON.parse('{"__proto__": {}, "toString": 1}'))).toContain(
      'Unknown option',
    );
  });

  it('may be frozen, and are never changed (conformance 21)', () => {
    const options = Object.freeze({
      nodes: Object.freeze([Object.freeze({ host: '[::1]', port: 1 })]),
      tls: Object.freeze({ servername: 's' }),
      addressMap: Object.freeze({
        'a:1': Object.freeze({ host: 'b', port: 2 }),
      }),
      reconnectDelayMs: Object.freeze({ min: 1, max: 2 }),
    });
    const resolved = resolveOptions(options);
    expect(resolved.seeds[0]).not.toBe(options.nodes[0]);
    expect(resolved.tls).not.toBe(options.tls);
    expect(resolved.tls).toEqual(options.tls);
    expect(resolved.mapAddress({ host: 'a', port: 1 })).not.toBe(
      options.addressMap['a:1'],
    );
  });
});

describe('a number option', () => {
  const names = [
    'commandTimeoutMs',
    'socketTimeoutMs',
    'connectTimeoutMs',
    'maxQueuedCommands',
    'maxQueuedBytes',
    'maxExclusiveConnections',
    'exclusiveLeaseMs',
    'topologyRefreshMs',
  ];

  it.each(names)('%s refuses what is no positive number', (name) => {
    for (const value of [0, -1, NaN, Infinity, 2 ** 31, '5', null, 5n, {}]) {
      expect(refusal({ [name]: value })).toMatch(new RegExp(`^${name}: `));
    }
  });

  it.each(names)('%s takes a positive number', (name) => {
    expect(resolve({ [name]: 7 })).toHaveProperty(name, 7);
  });

  it('tells a string from a number in its message', () => {
    expect(refusal({ commandTimeoutMs: '5000' })).toBe(
      'commandTimeoutMs: expected a number above 0 and below 2^31, got string',
    );
  });

  it('has bounds of its own for delays', () => {
    for (const value of [
      5,
      null,
      { min: 0 },
      { max: -1 },
      { min: 9, max: 8 },
    ]) {
      expect(refusal({ reconnectDelayMs: value })).toMatch(/^reconnectDelayMs/);
    }
  });
});

describe('an option of another kind', () => {
  it.each([
    ['nonAtomicCrossSlot', 'true'],
    ['retryUnknownWrites', 1],
    ['protocol', 4],
    ['protocol', '3'],
    ['clientName', 'two words'],
    ['clientName', ''],
    ['clientName', 5],
    ['name', 5],
    ['lookup', 'dns'],
    ['tls', 'yes'],
    ['tls', null],
    ['username', 5],
    ['password', 5],
    ['credentialsProvider', { password: 'x' }],
    ['addressMap', null],
    ['addressMap', 'a:1'],
  ])('%s refuses %j', (name, value) => {
    expect(refusal({ [name]: value })).toMatch(new RegExp(`^${name}: `));
  });
});

describe('TLS', () => {
  it('is on where a seed asks for it', () => {
    expect(resolve({ nodes: ['rediss://h:1'] }).tls).toEqual({});
    expect(resolve({ nodes: ['h:1'], tls: true }).tls).toEqual({});
    expect(resolve({ nodes: ['h:1'], tls: false }).tls).toBeUndefined();
  });

  it('is not switched off where a seed asks for it', () => {
    expect(refusal({ nodes: ['rediss://:p@h:1'], tls: false })).toMatch(/^tls/);
  });
});

describe('credentials', () => {
  it('come from the options before the seeds', () => {
    const seeded = ['h:1', 'redis://u:seed@h:2'];
    expect(resolve({ nodes: seeded }).credentials()).toEqual({
      username: 'u',
      password: 'seed',
    });
    expect(resolve({ nodes: seeded, password: 'p' }).credentials()).toEqual({
      password: 'p',
    });
  });

  it('come from a provider before all others', () => {
    const provided = { password: 'token' };
    const options = { password: 'p', credentialsProvider: () => provided };
    expect(resolve(options).credentials()).toBe(provided);
  });

  it('may come as a stream', () => {
    const stream = of({ password: 'token' });
    const options = { password: 'p', credentialsProvider: stream };
    expect(resolve(options).credentialsStream).toBe(stream);
  });

  it('need a password', () => {
    expect(refusal({ username: 'u' })).toMatch(/^username/);
  });
});

describe('an address map', () => {
  it('translates what it names, in every form, and nothing else (conformance 25)', () => {
    const { mapAddress } = resolve({
      addressMap: {
        '10.0.0.1:1': 'public:2',
        '[::1]:1': { host: 'public', port: 3 },
        '::2:1': '[::3]:4',
      },
    });
    const at = (host: string, port: number) => mapAddress({ host, port });
    expect(at('10.0.0.1', 1)).toEqual({ host: 'public', port: 2 });
    expect(at('::1', 1)).toEqual({ host: 'public', port: 3 });
    expect(at('::2', 1)).toEqual({ host: '::3', port: 4 });
    expect(at('10.0.0.1', 2)).toEqual({ host: '10.0.0.1', port: 2 });
    expect(at('__proto__', 1)).toEqual({ host: '__proto__', port: 1 });
  });

  it('may be a function', () => {
    const { mapAddress } = resolve({
      addressMap: ({ port }: { port: number }) => ({
        host: 'x',
        port: port + 1,
      }),
    });
    expect(mapAddress({ host: 'a', port: 1 })).toEqual({ host: 'x', port: 2 });
  });

  it.each([
    [{ a: 'b:1' }],
    [{ 'a:1': 'b' }],
    [{ 'a:1': ':2' }],
    [{ ':1': 'b:2' }],
    [{ 'a:1': null }],
    [{ 'a:1': { host: 'b' } }],
    [{ 'a:1': { host: 'b', port: '2' } }],
  ])('is refused as %j', (addressMap) => {
    expect(refusal({ addressMap })).toMatch(/^addressMap: /);
  });
});
