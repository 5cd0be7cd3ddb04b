import { VALUE } from '../keys.mjs';
import { encode, openNode, readShards } from '../raw-node.mjs';
import { required } from '../workloads.mjs';
import { COMMANDS_READY, flushByTurns, keysOf } from './floor-turns.mjs';

/**
 * The least that a barrier for whole groups takes: SETs that were encoded
 * before, one write per node and turn, and once those of a node are answered,
 * a marker and WAIT for all of them in one write on a connection of its own.
 * No promises, no scopes, and no look at the replication id and the slots
 * behind WAIT: it would not notice a failover.
 */
export const version = 'raw sockets';

const SET_REPLY = '+OK\r\n';
const MARKER = encode(
  'FUNCTION',
  'RESTORE',
  Buffer.from('0a005d9b5c400f7fa2da', 'hex'),
  'APPEND',
);
const WAIT_MS = 1_000;

export async function connect(nodes) {
  const shards = await readShards(nodes[0]);
  const sockets = [];
  const open = async (node) => {
    const socket = await openNode(node);
    sockets.push(socket);
    return socket;
  };
  const shardsOpen = await Promise.all(
    shards.map(async (shard) => ({
      writes: await open(shard.primary),
      barriers: await open(shard.primary),
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
    close: () => sockets.forEach((socket) => socket.destroy()),
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

/** One shard: SETs, and one group at a time. */
class Lane {
  toWrite = 0;
  #unanswered = 0;
  #answered = 0;
  #grouped = 0;
  #cursor = 0;
  #carried = 0;
  #text = '';
  // the group whose time is taken: from its first SET on
  #since = undefined;
  #groupSince = undefined;

  constructor(shard, tally, wake, ended) {
    this.shard = shard;
    this.tally = tally;
    this.wake = wake;
    this.ended = ended;
    this.barrier = markerAndWait();
    shard.writes.on('data', this.#written);
    shard.barriers.on('data', this.#counted);
  }

  flush() {
    const { bytes, writes, barriers } = this.shard;
    const count = this.toWrite;
    if (count > 0) {
      const length = bytes.length / COMMANDS_READY;
      this.toWrite = 0;
      this.#since ??= performance.now();
      if (this.#cursor + count > COMMANDS_READY) this.#cursor = 0;
      this.#unanswered += count;
      const start = this.#cursor * length;
      this.#cursor += count;
      writes.write(bytes.subarray(start, this.#cursor * length));
    }
    // all that is under way comes along
    if (this.#answered > 0 && this.#unanswered === 0 && this.#grouped === 0) {
      this.#grouped = this.#answered;
      this.#answered = 0;
      this.#groupSince = this.#since;
      this.#since = undefined;
      barriers.write(this.barrier);
    }
  }

  end() {
    this.shard.writes.off('data', this.#written);
    this.shard.barriers.off('data', this.#counted);
  }

  #written = (chunk) => {
    this.#carried += chunk.length;
    const count = Math.floor(this.#carried / SET_REPLY.length);
    this.#carried -= count * SET_REPLY.length;
    this.#unanswered -= count;
    this.#answered += count;
    this.wake();
  };

  #counted = (chunk) => {
    this.#text += chunk;
    const [, acknowledged] = /^\+OK\r\n:(\d+)\r\n$/.exec(this.#text) ?? [];
    if (acknowledged === undefined) {
      if (this.#text[0] === '+') return;
      throw new Error(`unexpected reply: ${this.#text}`);
    }
    if (Number(acknowledged) < required.replicas) {
      throw new Error('too few replicas');
    }
    this.#text = '';
    const count = this.#grouped;
    this.#grouped = 0;
    this.tally.record(performance.now() - this.#groupSince);
    this.ended(count);
    this.wake();
  };
}

function markerAndWait() {
  const wait = encode('WAIT', required.replicas, WAIT_MS);
  return Buffer.concat([MARKER, Buffer.from(wait)]);
}
