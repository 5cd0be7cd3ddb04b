import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { RecordingHost } from './recording-host.js';

describe('a JSON value', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;

  it.each([
    ['undefined', undefined],
    ['NaN', NaN],
    ['infinity', Infinity],
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a Map, which would become {}', new Map([['a', 1]])],
    ['a Set, which would become {}', new Set([1])],
    ['bytes that are no Buffer', new Uint8Array([1])],
    ['a promise', Promise.resolve(1)],
    ['a circle', circle],
    ['a bigint inside an object', { a: 1n }],
  ])('is refused where it is %s', async (_what, value) => {
    const host = new RecordingHost();
    const call = host.jsonSet('k', '$', value as object);
    await expect(call).rejects.toThrow(ConfigurationError);
    await expect(call).rejects.toThrow(/^JSON\.SET: value must be JSON text/);
    expect(host.calls).toEqual([]);
  });

  it('may be an object of a class, or a Date, as JSON.stringify has them', async () => {
    class User {
      constructor(readonly name: string) {}
    }
    const host = new RecordingHost();
    await host.jsonSet('k', '$', new User('Ann'));
    expect(host.words.at(-1)).toBe('{"name":"Ann"}');
    await host.jsonSet('k', '$', new Date(0));
    expect(host.words.at(-1)).toBe('"1970-01-01T00:00:00.000Z"');
  });

  it('is named in the error with its place in a list', async () => {
    const host = new RecordingHost();
    await expect(
      host.jsonMset([{ key: 'a', path: '$', value: NaN }]),
    ).rejects.toThrow(/entries\[0\]\.value/);
  });
});
