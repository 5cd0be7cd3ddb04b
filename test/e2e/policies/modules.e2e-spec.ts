import { afterAll, describe, expect, it } from 'vitest';
import {
  byNode,
  fanOutError,
  outcomes,
  PolicyCluster,
} from '../../support/policy-cluster.js';
import { resetStatistics } from '../../support/server-statistics.js';

const on = await PolicyCluster.start({
  args: ['--enable-module-command', 'yes'],
});
const { client, cluster } = on;

afterAll(() => on[Symbol.asyncDispose]());

describe.each([
  ['MODULE LOAD', () => client.moduleLoad('/nowhere/module.so')],
  ['MODULE LOADEX', () => client.moduleLoadex('/nowhere/module.so')],
  ['MODULE UNLOAD', () => client.moduleUnload('nothing')],
] as const)('%s of a module that does not exist', (name, run) => {
  it('is tried on all nodes, and each tells that it failed', async () => {
    const before = await on.everywhere('MODULE', 'LIST');
    await resetStatistics(cluster);
    const error = await fanOutError(run());
    expect(outcomes(error)).toEqual(
      await byNode(cluster.nodes, () => 'failed'),
    );
    const statistic = `cmdstat_${name.toLowerCase().replace(' ', '|')}:calls=1`;
    expect(await on.everywhere('INFO', 'commandstats')).toEqual(
      await byNode(cluster.nodes, () => expect.stringContaining(statistic)),
    );
    expect(await on.everywhere('MODULE', 'LIST')).toEqual(before);
  });

  it('tells apart the node that refuses the user', async () => {
    const refusing = cluster.nodes[4]!;
    const error = await on.denying(refusing, name, () => fanOutError(run()));
    expect(error.errorsByNode).toMatchObject(
      await byNode(cluster.nodes, (node) => ({
        prefix: node === refusing ? 'NOPERM' : 'ERR',
      })),
    );
  });
});
