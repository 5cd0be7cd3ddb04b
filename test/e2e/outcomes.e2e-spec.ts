import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisClusterClient } from '../../lib/index.js';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import { error, type Handler } from '../support/scripted-server.js';

let cluster: ScriptedCluster;
let client: RedisClusterClient;

beforeEach(async () => {
  cluster = await ScriptedCluster.open(2);
  client = await cluster.connected();
});

afterEach(() => cluster[Symbol.asyncDispose]());

/** Node 0, which serves `b`, answers some commands so. */
function answer(replies: Record<string, Handler>): void {
  const standard = cluster.standard(0);
  cluster.answer.set(0, (command, connection) =>
    (replies[command[0]!] ?? standard)(command, connection),
  );
}

/** Only connections that are not being closed are read. */
const whileOpen =
  (reply: number | string): Handler =>
  (_, { socket }) =>
    socket.writableEnded ? undefined : reply;

describe('an answer that is final', () => {
  it.each([
    "NOPERM User default has no permissions to run the 'incr' command",
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair or user is disabled.',
    'NOPROTO unsupported protocol version',
    'DENIED Redis is running in protected mode',
    "OOM command not allowed when used memory > 'maxmemory'.",
    'MISCONF Redis is configured to save RDB snapshots',
    'NOREPLICAS Not enough good replicas to write.',
    "CROSSSLOT Keys in request don't hash to the same slot",
    'EXECABORT Transaction discarded because of previous errors.',
    "ERR unknown command 'INCR', with args beginning with: 'b'",
    "ERR wrong number of arguments for 'incr' command",
  ])(
    'is the caller’s at once, and the command is sent once: %s',
    async (text) => {
      answer({ INCR: () => error(text) });
      await expect(client.incr('b')).rejects.toMatchObject({
        code: 'REPLY',
        message: text,
        attempts: 1,
      });
      expect(cluster.count('INCR')).toBe(1);
    },
  );
});

describe('a blocking pop that is UNBLOCKED', () => {
  it('because its node changed its role has popped nothing, and is sent again', async () => {
    let asked = 0;
    answer({
      BLPOP: () => {
        asked += 1;
        return asked === 1
          ? error(
              'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
            )
          : ['b', 'v'];
      },
    });
    expect(await client.blpop('b', 5)).toEqual({ key: 'b', element: 'v' });
    expect(asked).toBe(2);
  });

  it('because its node changed its role is sent again on a connection of its own: that node closes the first one, and reads nothing more from it', async () => {
    const ended = new Set<unknown>();
    answer({
      BLPOP: (_, connection) => {
        if (ended.has(connection)) {
          connection.drop();
          return undefined;
        }
        if (ended.size > 0) return ['b', 'v'];
        ended.add(connection);
        return error(
          'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
        );
      },
    });
    expect(await client.blpop('b', 10)).toEqual({ key: 'b', element: 'v' });
  });

  it('by CLIENT UNBLOCK ends so, and is not sent again', async () => {
    answer({
      BLPOP: () => error('UNBLOCKED client unblocked via CLIENT UNBLOCK'),
    });
    await expect(client.blpop('b', 5)).rejects.toMatchObject({
      code: 'REPLY',
      prefix: 'UNBLOCKED',
    });
    expect(cluster.count('BLPOP')).toBe(1);
  });
});

describe('a script whose error looks like a redirect', () => {
  it.each(['MOVED', 'ASK'])(
    'by %s of another slot is not run again, and changes no route',
    async (word) => {
      const { address } = cluster.servers[1]!;
      answer({ EVAL: () => error(`${word} ${SLOT.c} ${address}`) });
      await expect(client.eval('return 1', ['b'], [])).rejects.toMatchObject({
        code: 'REPLY',
        prefix: word,
      });
      expect(cluster.count('EVAL')).toBe(1);
      expect(await client.get('c')).toBe(cluster.servers[0]!.address);
    },
  );

  it.each(['MOVED', 'ASK'])(
    'by %s is not run again without keys either: it has no slot',
    async (word) => {
      const { address } = cluster.servers[1]!;
      for (const index of [0, 1]) {
        cluster.answer.set(index, (command, connection) =>
          command[0] === 'EVAL_RO'
            ? error(`${word} ${SLOT.b} ${address}`)
            : cluster.standard(index)(command, connection),
        );
      }
      await expect(client.evalRo('return 1', [], [])).rejects.toMatchObject({
        code: 'REPLY',
        prefix: word,
      });
      expect(cluster.count('EVAL_RO')).toBe(1);
      expect(await client.get('b')).toBe(cluster.servers[0]!.address);
    },
  );
});

describe('a command that the server cannot make out', () => {
  const REFUSED = 'ERR Protocol error: invalid bulk length';
  const refused = {
    status: 'rejected',
    reason: { code: 'REPLY', message: REFUSED },
  };
  const unknown = { status: 'rejected', reason: { code: 'OUTCOME_UNKNOWN' } };

  /** As a server does: it says so, reads no further, and closes. */
  const refuse: Handler = async (_, connection) => {
    await connection.send(`-${REFUSED}\r\n`);
    connection.socket.end();
    return undefined;
  };

  it('did not run, nor did anything behind it, which is sent again', async () => {
    answer({ SET: refuse, INCR: whileOpen(7), GET: whileOpen('v') });
    const results = await Promise.allSettled([
      client.set('b', 'x'),
      client.incr('b'),
      client.get('b'),
    ]);
    expect(results).toMatchObject([
      refused,
      { status: 'fulfilled', value: 7 },
      { status: 'fulfilled', value: 'v' },
    ]);
    expect([cluster.count('SET'), cluster.count('INCR')]).toEqual([1, 2]);
  });

  it('may be a script’s own error: what is behind it is unknown', async () => {
    answer({ EVAL: refuse, INCR: whileOpen(7) });
    const results = await Promise.allSettled([
      client.eval('return 1', ['b'], []),
      client.incr('b'),
    ]);
    expect(results).toMatchObject([refused, unknown]);
    expect(cluster.count('INCR')).toBe(1);
  });

  it('was read by a server that answers what is behind it: the rest is unknown', async () => {
    answer({
      SET: () => error(REFUSED),
      GET: () => 'v',
      INCR: (_, connection) => {
        connection.socket.end();
        return undefined;
      },
    });
    const results = await Promise.allSettled([
      client.set('b', 'x'),
      client.get('b'),
      client.incr('b'),
    ]);
    expect(results).toMatchObject([
      refused,
      { status: 'fulfilled', value: 'v' },
      unknown,
    ]);
    expect(cluster.count('INCR')).toBe(1);
  });
});
