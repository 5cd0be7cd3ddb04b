import { RedisClusterClient } from 'nest-redis-cluster';
import type { LocalRedisNode } from 'nest-redis-cluster/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  fanOutError,
  outcomes,
  PolicyCluster,
} from '../../support/policy-cluster.js';
import { RawConnection } from '../../support/raw-connection.js';

const on = await PolicyCluster.start({
  args: ['--busy-reply-threshold', '20'],
});
const { client, cluster } = on;
const runners: RawConnection[] = [];

const LIBRARY = `#!lua name=endless
redis.register_function{
  function_name = 'endless', flags = { 'no-writes' },
  callback = function() while true do end end }`;

beforeAll(async () => {
  await client.ensureReplication(1, 20_000, () => client.functionLoad(LIBRARY));
});

afterEach(async () => {
  // a test that failed must not leave a script to the next
  await Promise.all(
    cluster.nodes.map(async (node) => {
      await on.ask(node, 'SCRIPT', 'KILL').catch(() => undefined);
      await on.ask(node, 'FUNCTION', 'KILL').catch(() => undefined);
    }),
  );
  for (const runner of runners.splice(0)) runner.destroy();
});

afterAll(() => on[Symbol.asyncDispose]());

/** Starts what never ends on one node; resolves when the node says BUSY. */
async function startEndless(
  kind: 'SCRIPT' | 'FUNCTION',
  node: LocalRedisNode,
): Promise<{ readonly ended: Promise<string> }> {
  const runner = await RawConnection.open(node, ['app', 'secret']);
  runners.push(runner);
  if (node.roleAtStart === 'replica') await runner.send(['READONLY']);
  const ended = runner
    .send(
      kind === 'SCRIPT'
        ? ['EVAL_RO', 'while true do end', 0]
        : ['FCALL_RO', 'endless', 0],
    )
    .then(String, (error: Error) => error.message);
  await expect.poll(() => answer(node)).toMatch(/^BUSY/);
  return { ended };
}

/** What a node answers to anybody. */
const answer = (node: LocalRedisNode): Promise<string> =>
  on.ask(node, 'ECHO', 'free').then(String, (error: Error) => error.message);

describe.each(['SCRIPT', 'FUNCTION'] as const)('%s KILL', (kind) => {
  const name = `${kind} KILL`;
  const kill = (
    of: Pick<RedisClusterClient, 'scriptKill' | 'functionKill'> = client,
  ) => (kind === 'SCRIPT' ? of.scriptKill() : of.functionKill());

  it('is NOTBUSY when no node runs one', async () => {
    await expect(kill()).rejects.toMatchObject({
      code: 'REPLY',
      prefix: 'NOTBUSY',
    });
  });

  it.each([
    ['a primary', 1],
    ['a replica', 4],
  ])('is OK when %s alone runs one, which ends', async (_which, index) => {
    const node = cluster.nodes[index]!;
    const { ended } = await startEndless(kind, node);
    expect(await kill()).toBe('OK');
    expect(await ended).toMatch(/killed by user/i);
    expect(await answer(node)).toBe('free');
  });

  it('is OK when several nodes run one, and ends all of them', async () => {
    const busy = [cluster.nodes[0]!, cluster.nodes[5]!];
    const ends = [];
    for (const node of busy) ends.push((await startEndless(kind, node)).ended);
    expect(await kill()).toBe('OK');
    for (const ended of ends) expect(await ended).toMatch(/killed by user/i);
    for (const node of busy) expect(await answer(node)).toBe('free');
  });

  it('is OK when one succeeds and another node refuses the user', async () => {
    const node = cluster.nodes[2]!;
    const { ended } = await startEndless(kind, node);
    await on.denying(cluster.nodes[0]!, name, async () => {
      expect(await kill()).toBe('OK');
    });
    expect(await ended).toMatch(/killed by user/i);
  });

  it('is OK when one succeeds and another node is frozen', async () => {
    const node = cluster.nodes[2]!;
    const { ended } = await startEndless(kind, node);
    await cluster.freeze(cluster.nodes[0]!);
    try {
      expect(await kill(client.with({ timeoutMs: 4_000 }))).toBe('OK');
    } finally {
      await cluster.resume(cluster.nodes[0]!);
    }
    expect(await ended).toMatch(/killed by user/i);
  });

  it('that one node refuses the user, and none runs anything, shows both answers', async () => {
    const refusing = cluster.nodes[3]!;
    const error = await on.denying(refusing, name, () => fanOutError(kill()));
    expect(new Set(Object.values(outcomes(error)))).toEqual(
      new Set(['failed']),
    );
    for (const { address } of cluster.nodes) {
      expect(error.errorsByNode[address]).toMatchObject({
        prefix: address === refusing.address ? 'NOPERM' : 'NOTBUSY',
      });
    }
  });

  it('that the busy node refuses to the user leaves it busy, and says so', async () => {
    const node = cluster.nodes[1]!;
    // before it is busy: it would not take the rule
    await on.ask(node, 'ACL', 'SETUSER', 'app', `-${kind.toLowerCase()}|kill`);
    const { ended } = await startEndless(kind, node);
    const error = await fanOutError(kill(client.with({ timeoutMs: 1_000 })));
    expect(error.errorsByNode[node.address]).toBeDefined();
    expect(error.replies).toEqual({});
    expect(await answer(node)).toMatch(/^BUSY/);
    await on.ask(node, kind, 'KILL');
    expect(await ended).toMatch(/killed by user/i);
    await on.ask(node, 'ACL', 'SETUSER', 'app', '+@all');
  });
});
