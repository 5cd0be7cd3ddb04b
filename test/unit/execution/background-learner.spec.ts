import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TABLE_SERVERS } from '../../../lib/commands/command-table.generated.js';
import { BackgroundLearner } from '../../../lib/execution/learning/background-learner.js';
import { CommandLearner } from '../../../lib/execution/learning/command-learner.js';
import type { ClusterNode } from '../../../lib/execution/cluster-node.js';

function learnerOf(...servers: string[]): BackgroundLearner {
  const learner = new CommandLearner(
    () => Promise.reject(new Error('nobody is asked')),
    () => 1,
  );
  const nodes = servers.map((server) => ({ server }) as ClusterNode);
  return new BackgroundLearner(learner, () => nodes);
}

describe('BackgroundLearner', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it('plans no question to a server that the table was made from', () => {
    const learning = learnerOf(...TABLE_SERVERS);
    for (const server of TABLE_SERVERS) learning.introduced(server);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('plans one for each other version or set of modules, however many nodes are of it', () => {
    const [known = ''] = TABLE_SERVERS;
    const others = ['redis 7.2.1', `${known} mod:1`, `${known} mod:2`];
    const learning = learnerOf(...others);
    for (const server of [...others, ...others]) learning.introduced(server);
    expect(vi.getTimerCount()).toBe(3);
  });

  it('plans nothing once it is closed', () => {
    const learning = learnerOf('redis 7.2.1');
    learning.introduced('redis 7.2.1');
    learning.close();
    learning.introduced('redis 7.2.2');
    expect(vi.getTimerCount()).toBe(0);
  });
});
