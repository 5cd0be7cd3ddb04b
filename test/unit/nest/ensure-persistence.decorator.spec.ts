import { describe, expect, it, vi } from 'vitest';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { PersistenceError } from '../../../lib/errors/persistence-error.js';
import { ReplicationError } from '../../../lib/errors/replication-error.js';
import { EnsurePersistence } from '../../../lib/nest/ensure-persistence.decorator.js';
import { EnsureReplication } from '../../../lib/nest/ensure-replication.decorator.js';
import type { ScopeOutcome } from '../../../lib/nest/scope-outcome.interface.js';
import { ReplicationScope } from '../../../lib/replication/scope/replication-scope.js';
import { refusal, ScriptedPrimary } from '../../support/scripted-primary.js';

async function write(primary: ScriptedPrimary): Promise<string> {
  const identity = primary.replication.identify(primary.writes);
  ReplicationScope.current(primary.client)!
    .began(primary.replication, 1, 'key', identity)
    .applied();
  await new Promise((resolve) => setImmediate(resolve));
  return 'written';
}

describe('@EnsurePersistence', () => {
  it('sends WAITAOF for the disks it names and gives the value when they have the writes', async () => {
    const primary = new ScriptedPrimary();
    primary.replies.set('WAITAOF', () => [1, 1]);
    class Service {
      @EnsurePersistence({ replicas: 1, timeoutMs: 1_000 })
      async place(): Promise<string> {
        return write(primary);
      }
    }
    expect(await new Service().place()).toBe('written');
    const sent = primary.connections[0]!.sent.find(
      ([name]) => name === 'WAITAOF',
    );
    expect(sent!.slice(0, 3)).toEqual(['WAITAOF', 1, 1]);
  });

  it('fails with a PersistenceError where the server refuses WAITAOF', async () => {
    const primary = new ScriptedPrimary();
    primary.replies.set('WAITAOF', () => refusal('ERR appendonly is disabled'));
    class Service {
      @EnsurePersistence()
      async place(): Promise<string> {
        return write(primary);
      }
    }
    const error: unknown = await new Service()
      .place()
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PersistenceError);
    expect((error as Error).message).toContain('appendonly is disabled');
  });

  it.each([
    [{ local: false }, 'replicas must be a positive integer'],
    [{ timeoutMs: -1 }, 'timeoutMs'],
    [{ client: '' }, 'client of @EnsurePersistence'],
    [{ onReport: 1 as never }, 'onReport of @EnsurePersistence'],
  ])('refuses %j when it decorates', (options, words) => {
    expect(() => {
      class Service {
        @EnsurePersistence(options)
        async place(): Promise<void> {}
      }
      return Service;
    }).toThrow(ConfigurationError);
    expect(() => {
      class Service {
        @EnsurePersistence(options)
        async place(): Promise<void> {}
      }
      return Service;
    }).toThrow(words);
  });
});

describe('onReport', () => {
  it('is told what each call proved, and what it failed with', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    const told: ScopeOutcome[] = [];
    class Service {
      @EnsureReplication(1, 1_000, {
        onReport: (outcome) => void told.push(outcome),
      })
      async place(): Promise<string> {
        return write(primary);
      }
    }
    const service = new Service();
    await service.place();
    expect(told).toMatchObject([
      {
        method: 'Service.place',
        report: { acknowledged: 1, shards: [{ proof: 'marker' }] },
        error: undefined,
      },
    ]);
    primary.replies.set('EXISTS', () => refusal('MOVED 1 127.0.0.1:7001'));
    await expect(service.place()).rejects.toBeInstanceOf(ReplicationError);
    expect(told[1]).toMatchObject({
      report: { shards: [{ proof: 'none' }] },
      error: { code: 'REPLICATION' },
    });
  });

  it('changes nothing for the caller when it fails itself', async () => {
    const primary = new ScriptedPrimary();
    primary.wait = 1;
    const onReport = vi.fn<() => void>(() => {
      throw new Error('metrics are down');
    });
    class Service {
      @EnsureReplication(1, 1_000, { onReport })
      async place(): Promise<string> {
        return write(primary);
      }
    }
    expect(await new Service().place()).toBe('written');
    expect(onReport).toHaveBeenCalledTimes(1);
  });
});
