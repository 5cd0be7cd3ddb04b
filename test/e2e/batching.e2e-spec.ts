import { afterEach, describe, expect, it } from 'vitest';
import { Held, ScriptedCluster, until } from '../support/scripted-cluster.js';

let cluster: ScriptedCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

/** Timers that this process waits for. */
const timers = (): number =>
  process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;

/** A cluster of one node that answers GET when it is let go. */
async function holding(): Promise<Held> {
  cluster = await ScriptedCluster.open(1);
  const held = new Held();
  cluster.answer.set(0, async ([, key = '']) => {
    await held.released;
    return key;
  });
  return held;
}

describe('commands under way', () => {
  it('hold up none that come later: they are sent without waiting (conformance 107)', async () => {
    const held = await holding();
    const client = await cluster.connected();
    const first = client.pipeline((p) =>
      Array.from({ length: 10 }, (_, n) => p.get(`a${n}`)),
    );
    await until(() => cluster.count('GET') === 10);
    const later = Promise.all([
      client.get('b'),
      client.pipeline((p) => [p.get('c'), p.get('d')]),
    ]);
    await until(() => cluster.count('GET') === 13);
    held.release();
    expect(await first).toEqual(Array.from({ length: 10 }, (_, n) => `a${n}`));
    expect(await later).toEqual(['b', ['c', 'd']]);
  });

  it('have no timers of their own, alone or in a pipeline (conformance 113)', async () => {
    const held = await holding();
    const client = await cluster.connected({ commandTimeoutMs: 60_000 });
    const before = timers();
    const calls = Array.from({ length: 5_000 }, (_, n) => client.get(`a${n}`));
    const pipeline = client.with({ timeoutMs: 50_000 }).pipeline((p) => {
      for (let n = 0; n < 4_000; n++) p.get(`b${n}`);
    });
    await until(() => cluster.count('GET') === 9_000);
    // one that ticks for all connections, and one that watches for silence
    expect(timers()).toBeLessThanOrEqual(before + 2);
    held.release();
    expect(await Promise.all(calls)).toHaveLength(5_000);
    expect(await pipeline).toHaveLength(4_000);
  });
});

describe('a reply whose delivery throws', () => {
  const lua = 'return 1';
  const broken = {
    lua,
    numberOfKeys: 1,
    reply: (): never => {
      throw new Error('not understood');
    },
  } as const;

  it('fails its own command; the others of the same batch settle (conformance 114)', async () => {
    cluster = await ScriptedCluster.open(1);
    cluster.answer.set(0, ([, key = '']) => key);
    const client = await cluster.connected();
    const script = client.script(broken);
    const results = await Promise.allSettled([
      client.get('a'),
      client.get('b').then(() => {
        throw new Error('thrown by the caller');
      }),
      script.run('a'),
      client.get('c'),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ]);
    const pipelined = await client.pipeline(
      (p) => [p.get('a'), script.on(p).run('a'), p.get('c')],
      { settle: true },
    );
    expect(pipelined).toMatchObject([
      { status: 'fulfilled', value: 'a' },
      { status: 'rejected', reason: { message: 'not understood' } },
      { status: 'fulfilled', value: 'c' },
    ]);
    expect(await client.get('d')).toBe('d');
  });
});
