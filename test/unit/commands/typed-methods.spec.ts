import { describe, expect, it } from 'vitest';
import { methodNameOf } from '../../../lib/commands/signature.js';
import { SIGNATURES } from '../../../lib/commands/typed/signatures.generated.js';
import { RecordingHost } from './recording-host.js';
import { TYPED_CALLS } from './typed-calls.js';

describe('typed methods', () => {
  it.each(
    TYPED_CALLS.map(([call, wire]) => ({
      call,
      wire: typeof wire === 'string' ? wire.split(' ') : wire,
      title: typeof wire === 'string' ? wire : JSON.stringify(wire),
    })),
  )('put exactly these words on the wire: $title', async ({ call, wire }) => {
    const host = new RecordingHost();
    await call(host);
    expect(host.words).toEqual(wire);
    expect(host.calls).toHaveLength(1);
  });

  it('are each called at least once by the test above', () => {
    const host = new RecordingHost();
    for (const [call] of TYPED_CALLS) void call(host);
    const called = new Set(host.calls.map(({ spec }) => spec.name));
    const typed = SIGNATURES.trim()
      .split('\n')
      .map((line) => line.slice(0, line.indexOf('|')));
    expect(typed.filter((name) => !called.has(name))).toEqual([]);
    expect(typed.length).toBeGreaterThan(350);
  });

  it('stand on the prototype once, are named for the command and are not enumerable', () => {
    const prototype = RecordingHost.prototype;
    for (const line of SIGNATURES.trim().split('\n')) {
      const name = methodNameOf(line.slice(0, line.indexOf('|')));
      expect(Object.getOwnPropertyDescriptor(prototype, name)).toMatchObject({
        enumerable: false,
        value: expect.objectContaining({ name }) as unknown,
      });
    }
    expect(Object.getOwnPropertyDescriptor(prototype, 'delete')).toEqual(
      Object.getOwnPropertyDescriptor(prototype, 'del'),
    );
    expect(Object.keys(prototype)).toEqual([]);
  });

  it('hand Buffers, numbers and bigints over as they are', async () => {
    const host = new RecordingHost();
    const key = Buffer.from([0, 255]);
    await host.set(key, 5n);
    await host.lpush(1, 2, Buffer.from('x'));
    expect(host.calls[0]?.args).toEqual([key, 5n]);
    expect(host.calls[0]?.args[0]).toBe(key);
    expect(host.calls[1]?.args).toEqual([1, 2, Buffer.from('x')]);
  });

  it('give the callee an array of its own, not that of the caller', async () => {
    const host = new RecordingHost();
    const keys = ['a', 'b'];
    await host.del(keys);
    expect(host.calls[0]?.args).not.toBe(keys);
  });

  it('take fields named like the prototype of objects as data', async () => {
    const host = new RecordingHost();
    await host.hset('h', JSON.parse('{"__proto__":"x","constructor":"y"}'));
    expect(host.words).toEqual([
      'HSET',
      'h',
      '__proto__',
      'x',
      'constructor',
      'y',
    ]);
  });
});
