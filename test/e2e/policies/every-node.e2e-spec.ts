import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocalRedisNode } from 'nest-redis-cluster/testing';
import { afterAll, describe, expect, it } from 'vitest';
import {
  commandNames,
  commandSpec,
} from '../../../lib/commands/command-table.js';
import { findServerBinary } from '../../../lib/testing/server-binary.js';
import { POLICY_CASES, TESTED_ELSEWHERE } from '../../support/policy-cases.js';
import { PER_NODE, type PolicyCase } from '../../support/policy-case.js';
import {
  byNode,
  fanOutError,
  outcomes,
  PolicyCluster,
} from '../../support/policy-cluster.js';

const folder = mkdtempSync(join(tmpdir(), 'policies-'));
const on = await PolicyCluster.start({
  binary: await serverWithConfigurationFile(),
  args: ['--enable-debug-command', 'yes', '--enable-module-command', 'yes'],
});
const { client } = on;
const cases = POLICY_CASES.filter(({ name }) => on.has(name));

afterAll(async () => {
  await on[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

/** CONFIG REWRITE needs a file, which is the server's first argument. */
async function serverWithConfigurationFile(): Promise<string> {
  const { path } = await findServerBinary();
  const script = join(folder, 'server');
  writeFileSync(
    script,
    `#!/bin/sh
[ "$1" = --version ] && exec '${path}' --version
: > server.conf
exec '${path}' server.conf "$@"
`,
  );
  chmodSync(script, 0o755);
  return script;
}

/** What each node that is asked says of its state; background work may take a moment. */
function expectState(
  { state }: PolicyCase,
  nodes: readonly LocalRedisNode[],
  wanted: Record<string, unknown>,
): Promise<void> {
  return expect
    .poll(() => byNode(nodes, (node) => state!(on, node)))
    .toEqual(wanted);
}

describe('the table of cases', () => {
  it('has every command of these servers that goes to several nodes', () => {
    const fanOuts = commandNames().filter((name) => {
      const { requestPolicy, refused } = commandSpec(name);
      return (
        on.has(name) &&
        refused === undefined &&
        (requestPolicy === 'all_nodes' || requestPolicy === 'all_shards')
      );
    });
    const tested = [
      ...cases.map(({ name }) => name),
      ...Object.keys(TESTED_ELSEWHERE),
    ];
    expect(tested.toSorted()).toEqual(fanOuts.toSorted());
  });
});

describe.each(cases.map((policy) => [policy.name, policy] as const))(
  '%s',
  (name, policy) => {
    const { reach, before, run, reply, done, undone, state } = policy;

    it(`reaches all ${reach}`, async () => {
      await before?.(on);
      const nodes = await on.reached(reach);
      const given = await run(client);
      const byAddress = reply === PER_NODE;
      expect(
        byAddress ? Object.keys(given as object).toSorted() : given,
      ).toEqual(
        byAddress ? nodes.map(({ address }) => address).toSorted() : reply,
      );
      if (state !== undefined) {
        await expectState(policy, nodes, await byNode(nodes, () => done));
      }
    });

    it('shows the one node that refuses, and what the others did', async () => {
      await before?.(on);
      const nodes = await on.reached(reach);
      const refusing = nodes[nodes.length - 2]!;
      const error = await on.denying(refusing, name, () =>
        fanOutError(run(client)),
      );
      const of = <T>(there: T, elsewhere: T) =>
        byNode(nodes, (node) => (node === refusing ? there : elsewhere));
      expect(error.command).toBe(name);
      expect(outcomes(error)).toEqual(await of('failed', 'applied'));
      expect(error.errorsByNode).toMatchObject({
        [refusing.address]: { code: 'REPLY', prefix: 'NOPERM' },
      });
      expect(error.message).toContain(refusing.address);
      if (state !== undefined) {
        await expectState(policy, nodes, await of(undone, done));
      }
    });
  },
);
