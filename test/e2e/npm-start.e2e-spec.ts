import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { RedisClusterClient } from 'nest-redis-cluster';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The cluster as the sample application's health check shows it. */
interface ShardReport {
  slots: [number, number][];
  primary: { address: string };
}

describe('npm start', () => {
  const reservation = {
    event: 'low-tide',
    seat: 'A7',
    customer: 'ann',
  };
  const id = '6f2f6d0c-7f0e-4a77-8a1b-0d0f7f1c9d11';
  let start: ChildProcess;
  let output = '';
  let url: string;

  beforeAll(async () => {
    const port = await freePort();
    url = `http://127.0.0.1:${port}`;
    // what the script `start` of package.json runs
    start = spawn(process.execPath, ['tools/start.mjs'], {
      cwd: root,
      env: { ...process.env, PORT: String(port), NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    await printed(`The ticket office is open: ${url}`);
    // in a fresh clone it builds everything first
  }, 600_000);

  afterAll(async () => {
    if (start.exitCode === null) start.kill('SIGKILL');
  });

  it('keeps a reservation when the primary that holds it is killed, with the application never restarted', async () => {
    const put = (): Promise<Response> =>
      fetch(`${url}/reservations/${id}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(reservation),
      });
    let made = await put();
    // as its advice says, while no replica has it in time: the machine may be busy
    while (made.status === 503) made = await put();
    expect(made.status).toBe(200);

    const victim = await ownerOf(`reservation:${id}`);
    process.kill(await pidOf(victim), 'SIGKILL');

    // waits inside the call: the client's budget covers the failover
    const kept = await fetch(`${url}/reservations/${id}`);
    expect(await kept.json()).toEqual({ id, ...reservation });
    expect(await ownerOf(`reservation:${id}`)).not.toBe(victim);

    const taken = await fetch(
      `${url}/reservations/11111111-1111-4111-8111-111111111111`,
      {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...reservation, customer: 'bob' }),
      },
    );
    expect(taken.status).toBe(409);
  });

  it('ends on Ctrl-C with nothing left running', async () => {
    const addresses = (await shards()).map((shard) => shard.primary.address);
    const pids = await Promise.all(addresses.map(pidOf));
    const exited = once(start, 'exit');
    start.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(output).toContain('Closed the cluster');
    expect(pids.filter(isRunning)).toEqual([]);
  });

  function printed(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (chunk: Buffer): void => {
        output += chunk.toString();
        if (output.includes(text)) resolve();
      };
      start.stdout!.on('data', look);
      start.stderr!.on('data', look);
      start.once('exit', (code) =>
        reject(new Error(`npm start ended with ${code}:\n${output}`)),
      );
    });
  }

  async function shards(): Promise<ShardReport[]> {
    const response = await fetch(`${url}/health`);
    const health = (await response.json()) as {
      details: { redis: { shards: ShardReport[] } };
    };
    return health.details.redis.shards;
  }

  async function ownerOf(key: string): Promise<string> {
    const slot = await inspect(async (client, address) =>
      client.at({ node: address }).call('CLUSTER', 'KEYSLOT', key),
    );
    const owner = (await shards()).find((shard) =>
      shard.slots.some(([first, last]) => first <= slot && slot <= last),
    );
    return owner!.primary.address;
  }

  async function pidOf(address: string): Promise<number> {
    const info = await inspect(
      (client) =>
        client.at({ node: address }).call('INFO', 'server') as Promise<string>,
    );
    return Number(/process_id:(\d+)/.exec(info)![1]);
  }

  async function inspect<T>(
    look: (client: RedisClusterClient, address: string) => Promise<T>,
  ): Promise<T> {
    const addresses = (await shards()).map((shard) => shard.primary.address);
    const client = new RedisClusterClient({ nodes: addresses });
    try {
      await client.connect();
      return await look(client, addresses[0]!);
    } finally {
      await client.close();
    }
  }
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
