import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  LocalRedisCluster,
  type LocalRedisNode,
} from '../../../lib/testing/index.js';
import { RawConnection } from '../../support/raw-connection.js';
import { admitReplicas, cutFromReplicas } from '../../support/replica-links.js';

let cluster: LocalRedisCluster;
let primary: LocalRedisNode;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    replicas: 1,
    // no replica takes over from a primary that is only busy
    nodeTimeoutMs: 30_000,
  });
  [primary] = (await cluster.primaries()) as [LocalRedisNode];
});
afterAll(() => cluster?.stop());

it('a link whose PSYNC was refused does not live to try SYNC when replicas are admitted again', async () => {
  await cutFromReplicas(primary);
  const link = await RawConnection.open(primary);
  await expect(link.send(['PSYNC', '?', -1])).rejects.toThrow('NOPERM');
  await admitReplicas(primary);
  await expect.poll(() => link.usable).toBe(false);
  // the real ones follow, and acknowledge
  await primary.command('FLUSHALL');
  await expect.poll(() => primary.command('WAIT', 1, 100)).toBe(1);
});
