import { describe, expect, it } from 'vitest';
import type {
  BarrierCommand,
  BarrierConnection,
} from '../../../lib/replication/barrier/barrier-connection.js';
import { SlotProbes } from '../../../lib/replication/barrier/slot-probes.js';
import { SlotTableMemory } from '../../../lib/replication/barrier/slot-table-memory.js';
import { ShardWrites } from '../../../lib/replication/writes/shard-writes.js';
import { refusal, ScriptedPrimary } from '../../support/scripted-primary.js';

const MOVED = 'a written slot has moved to another shard';
const MOVING = 'a written slot is moving to another shard';

/** So many keys that CLUSTER NODES is asked. */
const MANY = 100;

const { replication } = new ScriptedPrimary();

/** The writes of a scope that wrote one key of a slot. */
function written(slot: number, asking = false): ShardWrites {
  const writes = new ShardWrites(replication);
  writes.written.add(slot, `key of ${slot}`, asking);
  return writes;
}

function nodes(slots: string, others = ''): string {
  return (
    `${'b'.repeat(40)} 127.0.0.1:7001@17001,myself-not slave ${'a'.repeat(40)} 0 1 1 connected\n${others}` +
    `${'a'.repeat(40)} 127.0.0.1:7000@17000,,shard-id=${'c'.repeat(40)} myself,master - 0 0 1 connected${slots}\n`
  );
}

/** Asks as a barrier does, and gives what was sent. */
async function ask(
  scopes: readonly ShardWrites[],
  answer: (command: BarrierCommand) => unknown,
  memory: SlotTableMemory = new SlotTableMemory(),
): Promise<{ probes: SlotProbes; sent: readonly string[] }> {
  const probes = new SlotProbes();
  for (const scope of scopes) probes.add(scope.written);
  const sent: string[] = [];
  const exchange: BarrierConnection['exchange'] = async (commands, replied) => {
    for (const [index, command] of commands.entries()) {
      sent.push(command.join(' '));
      replied(answer(command), index);
    }
  };
  const commands: BarrierCommand[] = [];
  probes.appendTo(commands, memory);
  await exchange(commands, (reply, index) => probes.replied(reply, index));
  await probes.lookCloser({ exchange, usable: true, destroy: () => undefined });
  return { probes, sent };
}

function scopesFrom(first: number, count = MANY): ShardWrites[] {
  return Array.from({ length: count }, (_, nth) => written(first + nth));
}

describe('probes of a large group', () => {
  it('ask for all slots at once, and one key, as only keys are refused while the cluster is down', async () => {
    const scopes = scopesFrom(0);
    const { probes, sent } = await ask(scopes, ([name]) =>
      name === 'CLUSTER' ? nodes(' 0-5460 7000') : 1,
    );
    expect(sent).toEqual(['CLUSTER NODES', 'EXISTS key of 0']);
    for (const writes of scopes) expect(probes.failure(writes)).toBeUndefined();
  });

  it('ask for each slot where the group is small', async () => {
    const { sent } = await ask(scopesFrom(0, 3), () => 1);
    expect(sent).toEqual([
      'EXISTS key of 0',
      'EXISTS key of 1',
      'EXISTS key of 2',
    ]);
  });

  it('know slots that are gone', async () => {
    const scopes = [...scopesFrom(0), written(7_000), written(7_001)];
    const { probes } = await ask(scopes, ([name]) =>
      name === 'CLUSTER' ? nodes(' 0-49 51-5460 7000') : 1,
    );
    expect(probes.failure(scopes[49]!)).toBeUndefined();
    expect(probes.failure(scopes[50]!)).toBe(MOVED);
    expect(probes.failure(scopes[51]!)).toBeUndefined();
    expect(probes.failure(scopes.at(-2)!)).toBeUndefined();
    expect(probes.failure(scopes.at(-1)!)).toBe(MOVED);
  });

  it('know that a node without slots serves none', async () => {
    const scopes = scopesFrom(0);
    const { probes } = await ask(scopes, ([name]) =>
      name === 'CLUSTER' ? nodes('') : refusal('MOVED 0 127.0.0.1:7001'),
    );
    for (const writes of scopes) expect(probes.failure(writes)).toBe(MOVED);
  });

  it('ask for the keys of slots that are handed over, and of those that are taken in', async () => {
    const leaving = `[7->-${'d'.repeat(40)}]`;
    const coming = `[9000-<-${'d'.repeat(40)}]`;
    const scopes = [...scopesFrom(1), written(9_000, true), written(9_000)];
    const { probes, sent } = await ask(scopes, ([name, key]) => {
      if (name === 'CLUSTER') return nodes(` 0-5460 ${leaving} ${coming}`);
      return key === 'key of 7' ? refusal('ASK 7 127.0.0.1:7001') : 1;
    });
    expect(sent).toEqual([
      'CLUSTER NODES',
      'EXISTS key of 1',
      'EXISTS key of 7',
      'ASKING',
      'EXISTS key of 9000',
    ]);
    expect(probes.failure(scopes[6]!)).toBe(MOVING);
    expect(probes.failure(scopes[7]!)).toBeUndefined();
    expect(probes.failure(scopes.at(-2)!)).toBeUndefined();
    expect(probes.failure(scopes.at(-1)!)).toBe(MOVED);
  });

  it.each<[string, unknown]>([
    ['refuses it', refusal('NOPERM no cluster|nodes')],
    [
      'hides its own line',
      `${'b'.repeat(40)} 127.0.0.1:7001@17001 master - 0 1 1 connected 0-5460\n`,
    ],
    ['says something else', 42],
  ])(
    'ask for each slot where the server %s, and not again for a while',
    async (_, reply) => {
      const memory = new SlotTableMemory();
      const scopes = scopesFrom(0);
      const answer = ([name, key]: BarrierCommand): unknown => {
        if (name === 'CLUSTER') return reply;
        return key === 'key of 3' ? refusal('MOVED 3 127.0.0.1:7001') : 1;
      };
      const { probes, sent } = await ask(scopes, answer, memory);
      expect(sent).toHaveLength(2 + MANY);
      expect(probes.failure(scopes[3]!)).toBe(MOVED);
      expect(probes.failure(scopes[4]!)).toBeUndefined();
      const again = await ask(scopes, answer, memory);
      expect(again.sent).toHaveLength(MANY);
    },
  );

  it('ask for each slot where a key is refused: the cluster is down', async () => {
    const scopes = scopesFrom(0);
    const { probes } = await ask(scopes, ([name]) =>
      name === 'CLUSTER' ? nodes(' 0-5460') : refusal('CLUSTERDOWN it is'),
    );
    for (const writes of scopes) {
      expect(probes.failure(writes)).toContain('CLUSTERDOWN it is');
    }
  });

  it('judge each group by its own reply, whichever came last', async () => {
    const memory = new SlotTableMemory();
    const scopes = scopesFrom(0);
    const before = await ask(
      scopes,
      ([name]) => (name === 'CLUSTER' ? nodes(' 0-5460') : 1),
      memory,
    );
    const after = await ask(
      scopes,
      ([name]) => (name === 'CLUSTER' ? nodes(' 1-5460') : 1),
      memory,
    );
    expect(before.probes.failure(scopes[0]!)).toBeUndefined();
    expect(after.probes.failure(scopes[0]!)).toBe(MOVED);
  });

  it('leave it alone in a cluster so large that its reply is more work', async () => {
    const memory = new SlotTableMemory();
    const others =
      `${'e'.repeat(40)} 127.0.0.1:7002@17002 master - 0 1 1 connected\n`.repeat(
        200,
      );
    const answer = ([name]: BarrierCommand): unknown =>
      name === 'CLUSTER' ? nodes(' 0-5460', others) : 1;
    await ask(scopesFrom(0), answer, memory);
    const { sent } = await ask(scopesFrom(0), answer, memory);
    expect(sent).toHaveLength(MANY);
    expect((await ask(scopesFrom(0, 1_000), answer, memory)).sent).toHaveLength(
      2,
    );
  });
});
