import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisClusterClient } from '../../lib/index.js';
import { clock } from '../../lib/time/clock.js';
import { ScriptedCluster } from '../support/scripted-cluster.js';

/** Longer than the clock may lag, and than the ticker goes on behind the last call. */
const AWHILE_MS = 200;

const awhile = (): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, AWHILE_MS));

/** What it is behind, without being read anew by anything else. */
const lag = (): number => performance.now() - clock.now;

/**
 * The time of a call begins with what the coarse clock says: behind whatever an
 * idle client does, that must not be the time of then.
 */
describe('the clock of a client that has nothing to do', () => {
  let cluster: ScriptedCluster;
  let client: RedisClusterClient;

  beforeEach(async () => {
    cluster = await ScriptedCluster.open(1);
    client = await cluster.connected();
    await client.get('a');
    await awhile();
  });

  afterEach(async () => {
    await cluster[Symbol.asyncDispose]();
  });

  it('is right behind a push that nobody asked for (conformance 113)', async () => {
    for (const connection of cluster.servers[0]!.openConnections) {
      await connection.send('>2\r\n+invalidate\r\n_\r\n');
    }
    await awhile();
    expect(lag()).toBeLessThan(AWHILE_MS / 2);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a pipeline of nothing', () => client.pipeline(() => [])],
    [
      'a session that is not opened',
      () =>
        client
          .with({ signal: AbortSignal.abort(new Error('no')) })
          .withConnection({ key: 'a' }, () => Promise.resolve())
          .catch(() => undefined),
    ],
  ])('is right behind %s', async (_, nothing) => {
    await nothing();
    await awhile();
    expect(lag()).toBeLessThan(AWHILE_MS / 2);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a reply', () => client.get('a')],
    ['a pop', () => client.blpop('list', 1)],
  ])('is read anew by the first call in a turn behind %s', async (_, call) => {
    cluster.answer.set(0, () => null);
    await call();
    await new Promise((resolve) => setImmediate(resolve));
    const before = performance.now();
    expect(clock.now).toBeGreaterThanOrEqual(before);
  });

  it('is right when a connection is made anew by itself', async () => {
    const [before] = cluster.servers[0]!.openConnections;
    for (const connection of cluster.servers[0]!.openConnections) {
      connection.drop();
    }
    await expect
      .poll(() => cluster.servers[0]!.openConnections.length)
      .toBeGreaterThan(0);
    expect(cluster.servers[0]!.openConnections).not.toContain(before);
    await awhile();
    expect(lag()).toBeLessThan(AWHILE_MS / 2);
  });
});
