import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RedisClusterClient } from '../../lib/index.js';
import { ScriptedCluster, SLOT } from '../support/scripted-cluster.js';
import {
  ask,
  error,
  type Handler,
  moved,
  OK,
  raw,
  type ScriptedReply,
} from '../support/scripted-server.js';

let cluster: ScriptedCluster;
let client: RedisClusterClient;

beforeEach(async () => {
  cluster = await ScriptedCluster.open(2);
  client = await cluster.connected();
});

afterEach(() => cluster[Symbol.asyncDispose]());

const QUEUED = raw('+QUEUED\r\n');

/** A node that executes transactions; `refuse` may answer instead. */
function transacting(
  refuse: (name: string) => ScriptedReply | undefined = () => undefined,
): Handler {
  let queued = 0;
  return ([name]) => {
    if (name === 'MULTI' || name === 'ASKING') {
      queued = 0;
      return OK;
    }
    // the empty one, which asks whether transactions are allowed
    if (name === 'EXEC' && queued === 0) return [];
    queued += 1;
    const refusal = refuse(name!);
    if (refusal !== undefined) return refusal;
    return name === 'EXEC'
      ? Array.from({ length: queued - 1 }, (_, n) => n + 1)
      : QUEUED;
  };
}

/** What a node was sent, without handshakes and topology. */
function sent(index: number): string[] {
  return cluster.servers[index]!.openConnections.flatMap(({ commands }) =>
    commands.map(([name]) => name!),
  ).filter((name) =>
    ['ASKING', 'MULTI', 'INCR', 'EXEC', 'GET', 'WATCH'].includes(name),
  );
}

const WHOLE = ['MULTI', 'INCR', 'INCR', 'EXEC'];
const PROBE = ['MULTI', 'EXEC'];

const twice = () => client.transaction((t) => [t.incr('a'), t.incr('a')]);

/** `a` is served by the second node at first. */
const OWNER = 1;
const OTHER = 0;

describe('a transaction that is redirected', () => {
  it('by MOVED while it is queued goes whole to the new owner (conformance 116)', async () => {
    const { address } = cluster.servers[OTHER]!;
    cluster.answer.set(
      OWNER,
      transacting((name) =>
        name === 'EXEC'
          ? error('EXECABORT Transaction discarded because of previous errors.')
          : moved(SLOT.a, address),
      ),
    );
    cluster.answer.set(OTHER, transacting());
    expect(await twice()).toEqual([1, 2]);
    expect(sent(OWNER)).toEqual([...PROBE, ...WHOLE]);
    expect(sent(OTHER)).toEqual([...PROBE, ...WHOLE]);
  });

  it('by MOVED as the reply of EXEC, too', async () => {
    const { address } = cluster.servers[OTHER]!;
    cluster.answer.set(
      OWNER,
      transacting((name) =>
        name === 'EXEC' ? moved(SLOT.a, address) : undefined,
      ),
    );
    cluster.answer.set(OTHER, transacting());
    expect(await twice()).toEqual([1, 2]);
    expect(sent(OTHER)).toEqual([...PROBE, ...WHOLE]);
  });

  it.each(['INCR', 'EXEC'])(
    'by ASK to %s has one ASKING ahead, and nothing in between (conformance 117)',
    async (asked) => {
      const { address } = cluster.servers[OTHER]!;
      cluster.answer.set(
        OWNER,
        transacting((name) => {
          if (name === asked) return ask(SLOT.a, address);
          return name === 'EXEC'
            ? error(
                'EXECABORT Transaction discarded because of previous errors.',
              )
            : undefined;
        }),
      );
      cluster.answer.set(OTHER, transacting());
      // `b` is served by the other node: its reads share that connection
      const [reply] = await Promise.all([
        twice(),
        ...Array.from({ length: 50 }, () => client.get('b')),
      ]);
      expect(reply).toEqual([1, 2]);
      expect(sent(OTHER).join(' ')).toContain(['ASKING', ...WHOLE].join(' '));
    },
  );
});

/** Executes the empty transaction only; the next EXEC ends its connection. */
const cut: Handler = (command, connection) => {
  if (command[0] === 'MULTI') return OK;
  const { commands } = connection;
  const probe = commands.at(-2)?.[0] === 'MULTI';
  if (command[0] === 'EXEC' && probe) return [];
  if (command[0] !== 'EXEC') return QUEUED;
  connection.socket.resetAndDestroy();
  return undefined;
};

describe('a transaction that EXEC does not answer', () => {
  it('is unknown, and not repeated', async () => {
    cluster.answer.set(OWNER, cut);
    await expect(twice()).rejects.toMatchObject({
      code: 'OUTCOME_UNKNOWN',
      command: 'EXEC',
      slot: SLOT.a,
    });
    expect(cluster.servers[OWNER]!.commands('INCR')).toHaveLength(2);
  });

  it('is repeated when it only reads', async () => {
    let cuts = 0;
    const answers = transacting();
    cluster.answer.set(OWNER, (command, connection) => {
      if (cuts === 0 && command[0] === 'EXEC') {
        const reply = cut(command, connection);
        if (reply === undefined) cuts += 1;
        return reply;
      }
      return answers(command, connection);
    });
    expect(await client.transaction((t) => [t.strlen('a')])).toEqual([1]);
    expect(cuts).toBe(1);
  });
});

describe('a watch that is lost before EXEC is sent', () => {
  it.each(['WATCH', 'GET'])(
    'with the reply of %s is done again: nothing was executed',
    async (lost) => {
      const answers = transacting();
      let cuts = 0;
      cluster.answer.set(OWNER, (command, connection) => {
        if (command[0] !== lost || cuts > 0)
          return answers(command, connection);
        cuts += 1;
        connection.drop('rst');
        return undefined;
      });
      const replies = client.watch('a', async (watched) => {
        await watched.get('a');
        return watched.transaction((t) => [t.incr('a')]);
      });
      expect(await replies).toHaveLength(1);
      expect(cuts).toBe(1);
      expect(cluster.servers[OWNER]!.commands('INCR')).toHaveLength(1);
    },
  );
});
