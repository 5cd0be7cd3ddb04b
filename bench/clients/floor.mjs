import { VALUE } from '../keys.mjs';
import { encode, openNode, readShards } from '../raw-node.mjs';
import { COMMANDS_READY, flushByTurns, keysOf } from './floor-turns.mjs';

/**
 * The least that any client has to do: bytes that were made before are
 * written, one write per node and turn, and replies are counted by their
 * length, not decoded. No keys are hashed, no promises made.
 */
export const version = 'raw sockets';

const WORKLOADS = {
  get: {
    encode: (key) => encode('GET', key),
    reply: `$${VALUE.length}\r\n${VALUE}\r\n`,
  },
  set: {
    encode: (key) => encode('SET', key, VALUE),
    reply: '+OK\r\n',
  },
};

export async function connect(nodes) {
  const shards = await readShards(nodes[0]);
  const lanes = await Promise.all(shards.map(openLane));
  return {
    workloads: Object.keys(WORKLOADS),
    drive: (workload, callers, tally) => drive(lanes, workload, callers, tally),
    close: () => lanes.forEach(({ socket }) => socket.destroy()),
  };
}

async function openLane(shard) {
  const keys = keysOf(shard);
  return { socket: await openNode(shard.primary), keys };
}

/**
 * Keeps as many commands in flight as there are callers. What a reply frees
 * goes to a random node, as the next key of a caller would, and each node gets
 * one write in a turn of the event loop; a lone caller's is written at once.
 */
function drive(lanes, workload, callers, tally) {
  const { encode: encodeKey, reply } = WORKLOADS[workload];
  const runners = lanes.map(({ socket, keys }) => {
    const bytes = Buffer.from(keys.map(encodeKey).join(''));
    return makeRunner(socket, bytes, reply, tally, onReplies);
  });
  const flushSoon = flushByTurns(runners, callers);
  let running = true;
  let inFlight = callers;
  let settle;
  const settled = new Promise((resolve) => {
    settle = resolve;
  });

  function onReplies(count) {
    if (running) {
      send(count);
      return;
    }
    inFlight -= count;
    if (inFlight === 0) settle();
  }

  function send(count) {
    for (let i = 0; i < count; i++) {
      runners[Math.floor(Math.random() * runners.length)].waiting += 1;
    }
    flushSoon();
  }

  send(callers);
  return async () => {
    running = false;
    await settled;
    runners.forEach((runner) => runner.end());
  };
}

function makeRunner(socket, bytes, reply, tally, onReplies) {
  const commandLength = bytes.length / COMMANDS_READY;
  const replyLength = Buffer.byteLength(reply);
  const first = reply.charCodeAt(0);
  let cursor = 0;
  let carried = 0;
  let outstanding = 0;
  // the sampled command: the first of a write, one at a time
  let sentAt = 0;
  let repliesUntilSample = -1;

  const onData = (chunk) => {
    if (carried === 0 && chunk[0] !== first) {
      throw new Error(`unexpected reply: ${chunk.subarray(0, 80)}`);
    }
    carried += chunk.length;
    const count = Math.floor(carried / replyLength);
    carried -= count * replyLength;
    outstanding -= count;
    tally.done += count;
    if (repliesUntilSample >= 0) {
      repliesUntilSample -= count;
      if (repliesUntilSample < 0) tally.record(performance.now() - sentAt);
    }
    if (count > 0) onReplies(count);
  };
  socket.on('data', onData);

  return {
    waiting: 0,
    flush() {
      const count = this.waiting;
      if (count === 0) return;
      this.waiting = 0;
      if (cursor + count > COMMANDS_READY) cursor = 0;
      if (repliesUntilSample < 0) {
        repliesUntilSample = outstanding;
        sentAt = performance.now();
      }
      outstanding += count;
      const start = cursor * commandLength;
      cursor += count;
      socket.write(bytes.subarray(start, cursor * commandLength));
    },
    end() {
      socket.off('data', onData);
    },
  };
}
