import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
} from 'vitest';
import { RedisClusterClient } from '../../../lib/client/redis-cluster-client.js';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import { RawConnection } from '../../support/raw-connection.js';
import {
  prove,
  shardOf,
  unreplicated,
  untilBlocked,
} from '../../support/scope-outcomes.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

/** A user whose scopes have neither the marker nor INFO nor ROLE. */
const RIGHTS =
  '~* &* +@all -@scripting -@dangerous +cluster|shards +cluster|nodes +cluster|slots +cluster|info +client|list';

const NOT_EXCLUDED =
  /^a write that changed nothing, .*; a failover and failback .*NOPERM/i;

describe.each([1, 2])(
  'the marker and INFO are refused, replicas of each shard: %i',
  (count) => {
    let cluster: LocalRedisCluster;
    let client: RedisClusterClient;
    let primary: LocalRedisNode;
    let replicas: LocalRedisNode[];
    let proxy: TcpProxy;
    let key: string;
    let tests = 0;

    async function allow(rights: string): Promise<void> {
      for (const node of cluster.nodes) {
        const user = ['SETUSER', 'app', 'reset', 'on', '>secret'];
        await node.command('ACL', ...user, ...rights.split(' '));
      }
    }

    beforeAll(async () => {
      cluster = await LocalRedisCluster.start({
        replicas: count,
        nodeTimeoutMs: 60_000,
        replicaMigration: false,
      });
    });
    afterAll(() => cluster?.stop());

    beforeEach(async () => {
      tests += 1;
      key = `{plain}${tests}`;
      ({ primary, replicas } = await shardOf(cluster, key));
      await allow(RIGHTS);
      proxy = await TcpProxy.open(primary);
      client = new RedisClusterClient({
        ...cluster.clientOptions,
        username: 'app',
        password: 'secret',
        // the one primary is reached through the proxy
        addressMap: (address) =>
          address.port === primary.port
            ? { host: '127.0.0.1', port: proxy.port }
            : address,
      });
      await client.connect();
      await prove(client, key, count);
    });

    afterEach(async () => {
      client?.destroy();
      await proxy?.close();
      for (const node of cluster.nodes) await cluster.resume(node);
      await cluster.waitUntilStable();
    });

    it('proves by WAIT on the connection of the writes, and says what that does not exclude', async () => {
      const { report } = await client.ensureReplicationWithReport(
        count,
        60_000,
        async () => {
          await client.set(key, 'one');
          await client.incr(`${key}:count`);
        },
      );
      expect(report.shards).toMatchObject([
        { acknowledged: count, proof: 'plainWait', applied: 'yes' },
      ]);
      const [shard] = report.shards;
      expect(shard!.acknowledgedBy).toBeUndefined();
      expect(shard!.uncovered).toMatch(NOT_EXCLUDED);
    });

    it('says 0 where WAIT on another connection says that all have it: the replicas are frozen', async () => {
      const other = await RawConnection.open(primary);
      await prove(client, key, count);
      for (const replica of replicas) await cluster.freeze(replica);
      const begun = performance.now();
      const error = await unreplicated(
        client.ensureReplication(1, 300, () => client.set(key, 'lost')),
      );
      expect(performance.now() - begun).toBeGreaterThanOrEqual(300);
      expect(error.shards).toMatchObject([
        { acknowledged: 0, proof: 'plainWait', applied: 'yes' },
      ]);
      expect(await other.send(['WAIT', 1, 50])).toBe(count);
      other.destroy();
    });

    it('holds up what is behind it on that connection, to the deadline and no longer', async () => {
      await client.set(`${key}:read`, 'value');
      await prove(client, key, count);
      for (const replica of replicas) await cluster.freeze(replica);
      // long enough for what has to come in between
      const scopeMs = 8_000;
      const settled: number[] = [];
      const scopes = [1, 2].map(() =>
        unreplicated(
          client.ensureReplication(1, scopeMs, async () => {
            await client.set(key, 'x');
            settled.push(performance.now());
          }),
        ),
      );
      await untilBlocked(primary, 1);
      expect(await client.get(`${key}:read`)).toBe('value');
      const answeredAfter = performance.now() - settled[0]!;
      // WAIT takes whole milliseconds, and ends before the deadline
      expect(answeredAfter).toBeGreaterThanOrEqual(scopeMs - 10);
      // were the second WAIT's time to begin behind the first, it would be 16 s
      expect(answeredAfter).toBeLessThan(15_000);
      await Promise.all(scopes);
    });

    it('covers many scopes at once', async () => {
      const reports = await Promise.all(
        Array.from({ length: 100 }, (_, nth) =>
          client.ensureReplicationWithReport(count, 60_000, () =>
            client.set(`${key}:${nth}`, 'x'),
          ),
        ),
      );
      for (const { report } of reports) {
        expect(report.shards).toMatchObject([
          { acknowledged: count, proof: 'plainWait' },
        ]);
      }
      const sizes = reports.map(({ report }) => report.shards[0]!.groupSize);
      expect(Math.max(...sizes)).toBeGreaterThan(1);
    });

    it('proves nothing where the connection of the writes was cut before the barrier', async () => {
      const error = await unreplicated(
        client.ensureReplication(1, 5_000, async () => {
          await client.set(key, 'kept');
          proxy.cut();
        }),
      );
      expect(error.shards).toMatchObject([
        {
          acknowledged: 0,
          proof: 'none',
          applied: 'yes',
          reason:
            'the server refused the marker and INFO, and the connection that the writes rode on was lost',
        },
      ]);
    });

    it('proves nothing where the connection is cut during WAIT', async () => {
      for (const replica of replicas) await cluster.freeze(replica);
      const running = unreplicated(
        client.ensureReplication(1, 60_000, () => client.set(key, 'kept')),
      );
      await untilBlocked(primary, 1);
      proxy.cut();
      expect((await running).shards).toMatchObject([
        { acknowledged: 0, proof: 'none', applied: 'yes' },
      ]);
    });

    it("proves nothing for a blocking pop: its connection is somebody else's by then", async () => {
      await client.rpush(key, 'element');
      const error = await unreplicated(
        client.ensureReplication(1, 5_000, () => client.blpop(key, 1)),
      );
      expect(error.shards).toMatchObject([
        {
          acknowledged: 0,
          proof: 'none',
          reason:
            'the server refused the marker and INFO, and a write rode on a connection of its own, where WAIT cannot be asked',
        },
      ]);
    });

    it('proves nothing for a slot that moved away between write and barrier', async () => {
      const slot = await cluster.slotOf(key);
      const target = (await cluster.primaries()).find(
        (node) => node !== primary,
      );
      const error = await unreplicated(
        client.ensureReplication(1, 20_000, async () => {
          await client.set(key, 'moved');
          await cluster.migrateSlots(slot, target!);
        }),
      );
      expect(error.shards).toMatchObject([
        {
          acknowledged: 0,
          proof: 'none',
          reason: 'a written slot has moved to another shard',
        },
      ]);
      await cluster.migrateSlots(slot, primary);
    });

    it('proves nothing where WAIT is refused as well', async () => {
      await allow(`${RIGHTS} -wait`);
      const error = await unreplicated(
        client.ensureReplication(1, 5_000, () => client.set(key, 'x')),
      );
      const [shard] = error.shards;
      expect(shard).toMatchObject({ acknowledged: 0, proof: 'none' });
      expect(shard!.reason).toMatch(
        /^the server refused the marker, INFO and WAIT: NOPERM/,
      );
    });

    it('takes its place where memory is short and INFO is refused, and gives it back', async () => {
      await allow(`${RIGHTS} +@scripting`);
      // a client that has not yet been refused the marker
      client.destroy();
      client = new RedisClusterClient({
        ...cluster.clientOptions,
        username: 'app',
        password: 'secret',
      });
      await client.connect();
      await client.set(key, 'x');
      const proofs: string[] = [];
      const remove = async (): Promise<string> => {
        const { report } = await client.ensureReplicationWithReport(
          count,
          60_000,
          () => client.del(key, `${key}:other`),
        );
        proofs.push(report.shards[0]!.proof);
        return proofs.at(-1)!;
      };
      expect(await remove()).toBe('wait');
      await primary.command('CONFIG', 'SET', 'maxmemory', '1');
      try {
        expect(await remove()).toBe('plainWait');
      } finally {
        await primary.command('CONFIG', 'SET', 'maxmemory', '0');
      }
      await expect.poll(remove).toBe('wait');
    });
  },
);
