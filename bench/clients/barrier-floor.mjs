import { VALUE } from '../keys.mjs';
import { encode, openNode, readShards } from '../raw-node.mjs';
import { required } from '../workloads.mjs';
import { COMMANDS_READY, flushByTurns, keysOf } from './floor-turns.mjs';

/**
 * The least that replication takes for whole groups: SETs that were encoded
 * before, and WAIT for all of them, in one write per node; what comes meanwhile
 * is the next group. No promises, no scopes, and no look at the replication id
 * and the slots behind WAIT: it would not notice a failover.
 */
export const version = 'raw sockets';

const SET_REPLY = '+OK\r\n';
const WAIT_MS = 1_000;

export async function connect(nodes) {
  const shards = await readShards(nodes[0]);
  const shardsOpen = await Promise.all(
    shards.map(async (shard) => ({
      socket: await openNode(shard.primary),
      bytes: Buffer.from(
        keysOf(shard)
          .map((key) => encode('SET', key, VALUE))
          .join(''),
      ),
    })),
  );
  return {
    workloads: ['replication'],
    drive: (_, callers, tally) => drive(shardsOpen, callers, tally),
    close: () => shardsOpen.forEach(({ socket }) => socket.destroy()),
  };
}

/** Keeps as many handlers under way as there are callers; each one's next SET goes to a random shard. */
function drive(shards, callers, tally) {
  let running = true;
  let underWay = 0;
  let settle;
  const settled = new Promise((resolve) => {
    settle = resolve;
  });
  const lanes = [];
  const flushSoon = flushByTurns(lanes, callers);
  for (const shard of shards) {
    lanes.push(new Lane(shard, tally, flushSoon, ended));
  }

  function begin(count) {
    underWay += count;
    for (let i = 0; i < count; i++) {
      lanes[Math.floor(Math.random() * lanes.length)].toWrite += 1;
    }
    flushSoon();
  }

  function ended(count) {
    underWay -= count;
    tally.done += count;
    if (running) begin(count);
    else if (underWay === 0) settle();
  }

  begin(callers);
  return async () => {
    running = false;
    await settled;
    lanes.forEach((lane) => lane.end());
  };
}

/** One shard, and one group at a time. */
class Lane {
  toWrite = 0;
  #group = 0;
  #cursor = 0;
  #since = 0;
  #text = '';
  #wait = Buffer.from(encode('WAIT', required.replicas, WAIT_MS));
  #memory = Buffer.alloc(0);

  constructor({ socket, bytes }, tally, wake, ended) {
    this.socket = socket;
    this.bytes = bytes;
    this.tally = tally;
    this.wake = wake;
    this.ended = ended;
    socket.on('data', this.#read);
  }

  flush() {
    const count = this.toWrite;
    if (count === 0 || this.#group > 0) return;
    this.toWrite = 0;
    this.#group = count;
    this.#since = performance.now();
    if (this.#cursor + count > COMMANDS_READY) this.#cursor = 0;
    const length = this.bytes.length / COMMANDS_READY;
    const start = this.#cursor * length;
    this.#cursor += count;
    this.socket.write(this.#withWait(start, this.#cursor * length));
  }

  end() {
    this.socket.off('data', this.#read);
  }

  #withWait(start, end) {
    const size = end - start;
    const whole = size + this.#wait.length;
    // the group before has its replies: nobody reads its bytes any more
    if (this.#memory.length < whole) this.#memory = Buffer.alloc(whole * 2);
    this.bytes.copy(this.#memory, 0, start, end);
    this.#wait.copy(this.#memory, size);
    return this.#memory.subarray(0, whole);
  }

  #read = (chunk) => {
    this.#text += chunk.latin1Slice();
    const sets = this.#group * SET_REPLY.length;
    if (this.#text.length <= sets) return;
    const [, acknowledged] = /^:(\d+)\r\n$/.exec(this.#text.slice(sets)) ?? [];
    if (acknowledged === undefined) {
      if (this.#text[sets] === ':') return;
      throw new Error(`unexpected replies: ${this.#text}`);
    }
    if (Number(acknowledged) < required.replicas) {
      throw new Error('too few replicas');
    }
    this.#text = '';
    const count = this.#group;
    this.#group = 0;
    this.tally.record(performance.now() - this.#since);
    this.ended(count);
    this.wake();
  };
}
