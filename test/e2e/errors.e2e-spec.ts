import { afterEach, describe, expect, it } from 'vitest';
import {
  ClosedError,
  ConnectionError,
  CrossSlotError,
  OutcomeUnknownError,
  QueueFullError,
  RedisClusterError,
  ReplyError,
  SlotNotServedError,
  TimeoutError,
} from '../../lib/index.js';
import { ErrorReply } from '../../lib/protocol/error-reply.js';
import { Push } from '../../lib/protocol/push.js';
import {
  Held,
  ScriptedCluster,
  SLOT,
  until,
} from '../support/scripted-cluster.js';
import {
  error,
  raw,
  type ScriptedConnection,
} from '../support/scripted-server.js';
import { resp2Replies, resp3Replies } from '../unit/protocol/reply-corpus.js';

let cluster: ScriptedCluster;

afterEach(() => cluster[Symbol.asyncDispose]());

async function failureOf(call: Promise<unknown>): Promise<any> {
  const [result] = await Promise.allSettled([call]);
  if (result.status === 'rejected') return result.reason;
  throw new Error('The call succeeded');
}

/** The messages of an error and everything beneath it. */
function chainOf(failure: unknown): string {
  const said: string[] = [];
  for (let at = failure; at instanceof Error; at = at.cause)
    said.push(at.message);
  return said.join('\n');
}

/** The connection that carries data commands of a node. */
const dataConnection = (index: number): ScriptedConnection =>
  cluster.servers[index]!.openConnections.find(({ commands }) =>
    commands.some(([name]) => name === 'GET'),
  )!;

describe('replies in pieces', () => {
  for (const protocol of [2, 3] as const) {
    it(`are read as whole ones, whatever byte ends a piece, in RESP${protocol} (conformance 61)`, async () => {
      cluster = await ScriptedCluster.open(1);
      const corpus = [...resp2Replies, ...(protocol === 3 ? resp3Replies : [])];
      const samples = corpus.filter(
        ({ value }) =>
          !(value instanceof Push) && !(value instanceof ErrorReply),
      );
      const pushes = corpus.filter(({ value }) => value instanceof Push);
      const client = await cluster.connected({ protocol });
      cluster.answer.set(0, ([, index], connection) => {
        connection.splitting = true;
        // a push of its own kind ahead of every reply
        const push = pushes[Number(index) % pushes.length]?.bytes;
        const { bytes } = samples[Number(index)]!;
        return raw(Buffer.concat([push ?? Buffer.alloc(0), bytes]));
      });
      const replies = await Promise.all(
        samples.map((_, index) => client.call('SAMPLE', index, { keys: [] })),
      );
      expect(replies).toEqual(samples.map(({ value }) => value));
    });
  }

  it('keep their callers with pushes between them (conformance 62)', async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    cluster.answer.set(0, ([, key = '']) =>
      raw(
        `>2\r\n+invalidate\r\n*1\r\n$1\r\nx\r\n$${key.length}\r\n${key}\r\n>0\r\n`,
      ),
    );
    const keys = Array.from({ length: 200 }, (_, n) => `k${n}`);
    expect(await Promise.all(keys.map((key) => client.get(key)))).toEqual(keys);
  });

  it('that are none cost the connection, not the client', async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    let wrong = 1;
    cluster.answer.set(0, () => {
      wrong -= 1;
      return wrong === 0 ? raw('?what\r\n') : 'right';
    });
    expect(await client.get('a')).toBe('right');
    wrong = 1;
    expect(await failureOf(client.incr('a'))).toBeInstanceOf(
      OutcomeUnknownError,
    );
  });
});

describe('commands of one tick', () => {
  it('leave in one write per node (conformance 106)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    const keys = ['a', 'b', 'c'];
    await Promise.all(keys.map((key) => client.get(key)));
    const chunks: Buffer[] = [];
    for (const index of [0, 1, 2]) {
      dataConnection(index).socket.on('data', (chunk) => chunks.push(chunk));
    }
    const before = cluster.count('GET');
    await Promise.all(
      Array.from({ length: 51 }, (_, n) => client.get(keys[n % 3]!)),
    );
    expect(cluster.count('GET') - before).toBe(51);
    expect(chunks).toHaveLength(3);
  });

  it('suffer nothing from a bad one among them (conformance 105)', async () => {
    cluster = await ScriptedCluster.open(3);
    const client = await cluster.connected();
    const [good, bad, refused, other] = await Promise.allSettled([
      client.get('a'),
      client.call('SINTER', 'a', 'b'),
      client.set('a', undefined as never),
      client.get('a'),
    ]);
    expect([good, other]).toMatchObject([
      { status: 'fulfilled' },
      { status: 'fulfilled' },
    ]);
    expect(bad).toMatchObject({ reason: { code: 'CROSS_SLOT' } });
    expect(refused).toMatchObject({ status: 'rejected' });
    expect(cluster.count('SINTER') + cluster.count('SET')).toBe(0);
  });
});

describe('a call that is taken back', () => {
  it("is not sent when it waited; in flight, its late reply is nobody else's (conformance 112)", async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    const held: (() => void)[] = [];
    cluster.answer.set(0, async ([, key = '']) => {
      await new Promise<void>((resolve) => held.push(resolve));
      return key;
    });
    const controller = new AbortController();
    const view = client.with({ signal: controller.signal });
    const queued = new AbortController();
    const inFlight = [view.get('one'), view.incr('two'), client.get('three')];
    const unsent = client.with({ signal: queued.signal }).get('never');
    const settled = Promise.allSettled([...inFlight, unsent]);
    queued.abort();
    await until(() => held.length === 1);
    controller.abort(new Error('changed my mind'));
    const last = client.get('four');
    for (let n = 0; n < 4; n++) {
      await until(() => held.length > n);
      held[n]!();
    }
    expect(await settled).toMatchObject([
      { reason: { message: 'changed my mind' } },
      {
        reason: {
          code: 'OUTCOME_UNKNOWN',
          cause: { message: 'changed my mind' },
        },
      },
      { value: 'three' },
      { reason: { name: 'AbortError' } },
    ]);
    expect(await last).toBe('four');
    expect(cluster.count('GET')).toBe(3);
  });

  it('at its deadline is not mistaken for the next one either (conformance 112)', async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    // connected: what follows is in flight
    await client.get('early');
    const held = new Held();
    cluster.answer.set(0, async ([, key = '']) => {
      await held.released;
      return key;
    });
    const late = await failureOf(client.with({ timeoutMs: 100 }).get('late'));
    expect(late).toMatchObject({ code: 'TIMEOUT', phase: 'flight' });
    const next = client.get('next');
    held.release();
    expect(await next).toBe('next');
  });
});

const timers = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

const open = (): number =>
  cluster.servers.reduce(
    (sum, server) => sum + server.openConnections.length,
    0,
  );

describe('connecting and closing again and again', () => {
  it('leaves no socket and no timer behind (conformance 143)', async () => {
    cluster = await ScriptedCluster.open(3);
    const before = timers();
    for (let n = 0; n < 30; n++) {
      const client = await cluster.connected();
      await Promise.all([
        client.get('a'),
        client.get('b'),
        client.blpop('c', 1),
      ]);
      await (n % 2 === 0 ? client.close() : client.destroy());
    }
    await until(() => open() === 0);
    await until(() => timers() <= before);
    expect(open()).toBe(0);
  });
});

describe('errors', () => {
  it("carry the server's prefix as a field, and its text unchanged (conformance 151)", async () => {
    cluster = await ScriptedCluster.open(1);
    const client = await cluster.connected();
    for (const text of [
      'WRONGTYPE Operation against a key holding the wrong kind of value',
      'NOPERM this user has no permissions',
      "OOM command not allowed when used memory > 'maxmemory'.",
      'BUSYGROUP Consumer Group name already exists',
      'ODD',
    ]) {
      cluster.answer.set(0, () => error(text));
      const failure = await failureOf(client.set('a', 'secret value'));
      expect(failure).toBeInstanceOf(ReplyError);
      expect(failure).toMatchObject({
        message: text,
        prefix: text.split(' ')[0],
        command: 'SET',
        node: cluster.servers[0]!.address,
        slot: SLOT.a,
        attempts: 1,
      });
      expect(failure.elapsedMs).toBeGreaterThanOrEqual(0);
      expect(JSON.stringify(failure) + chainOf(failure)).not.toContain(
        'secret',
      );
    }
  });

  it('of the client are classes of their own, and tell command, node, slot, attempts and time (conformance 150, 152)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected({ maxQueuedCommands: 1 });
    const failures = new Map<unknown, any>();
    const note = async (type: unknown, call: Promise<unknown>) => {
      const failure = await failureOf(call);
      failures.set(type, failure);
      expect(failure).toBeInstanceOf(type as typeof Error);
    };
    await note(CrossSlotError, client.call('SINTER', 'a', 'b'));
    cluster.answer.set(1, () => undefined);
    const stuck = note(TimeoutError, client.with({ timeoutMs: 60 }).get('a'));
    await note(QueueFullError, client.get('a'));
    await stuck;
    cluster.answer.set(0, (_, connection) => {
      connection.drop('rst');
      return undefined;
    });
    await note(OutcomeUnknownError, client.incr('b'));
    const third = await cluster.connected();
    const closing = note(ClosedError, third.get('a'));
    third.destroy();
    await closing;
    cluster.shards = [cluster.shards[0]!];
    const second = await cluster.connected();
    await note(SlotNotServedError, second.with({ timeoutMs: 60 }).get('a'));

    const codes = [...failures.values()].map(({ code }) => code as string);
    expect(new Set(codes).size).toBe(codes.length);
    for (const [type, failure] of failures) {
      expect(failure).toBeInstanceOf(RedisClusterError);
      expect(failure.message).not.toBe('');
      expect(failure.command).toMatch(/^(GET|INCR|SINTER)$/);
      // before anything is planned there is neither slot nor attempt
      if (type === CrossSlotError) continue;
      expect([SLOT.a, SLOT.b]).toContain(failure.slot);
      expect(typeof failure.attempts).toBe('number');
      expect(typeof failure.elapsedMs).toBe('number');
      if (type === SlotNotServedError) continue;
      expect(failure.node).toMatch(/^127\.0\.0\.1:\d+$/);
    }
    expect(failures.get(OutcomeUnknownError).cause).toBeInstanceOf(
      ConnectionError,
    );
  });

  it('hold every link of a chain of attempts, refusals and losses (conformance 153)', async () => {
    cluster = await ScriptedCluster.open(2);
    const client = await cluster.connected();
    let refusals = 0;
    cluster.answer.set(1, (_, connection) => {
      refusals += 1;
      if (refusals === 1) return error('TRYAGAIN first');
      if (refusals === 2) return error('LOADING second');
      connection.drop('rst');
      return undefined;
    });
    const failure = await failureOf(client.with({ timeoutMs: 4_000 }).get('a'));
    expect(failure).toMatchObject({ code: 'TIMEOUT', command: 'GET' });
    expect(failure.attempts).toBeGreaterThan(2);
    const chain = chainOf(failure);
    expect(chain).toContain('TRYAGAIN first');
    expect(chain).toContain('LOADING second');
    expect(chain).toMatch(/The connection to .* (failed|was)/);
  });

  it('of a user that one node turns away tell the call, and come at once (conformance 150)', async () => {
    cluster = await ScriptedCluster.open(2);
    const { handler } = cluster.servers[1]!;
    cluster.servers[1]!.handler = (command, connection) =>
      command[0] === 'HELLO'
        ? error('WRONGPASS invalid username-password pair')
        : handler(command, connection);
    const client = await cluster.connected({ password: 'secret' });
    const failure = await failureOf(client.get('a'));
    expect(failure).toBeInstanceOf(ConnectionError);
    expect(failure).toMatchObject({ command: 'GET', slot: SLOT.a });
    expect(chainOf(failure)).toContain('WRONGPASS');
    expect(chainOf(failure)).not.toContain('secret');
    expect(await client.get('b')).toBe(cluster.servers[0]!.address);
  });
});
