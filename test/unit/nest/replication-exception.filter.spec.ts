import { EventEmitter } from 'node:events';
import { type ArgumentsHost, Logger } from '@nestjs/common';
import { ExecutionContextHost } from '@nestjs/core/helpers/execution-context-host.js';
import { firstValueFrom, type Observable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ReplicationError } from '../../../lib/errors/replication-error.js';
import {
  ReplicationExceptionFilter,
  type ReplicationFailure,
} from '../../../lib/nest/replication-exception.filter.js';

const error = new ReplicationError(2, 100, [
  {
    node: '10.0.0.1:6379',
    slots: [1, 2],
    required: 2,
    acknowledged: 1,
    applied: 'unknown',
    proof: 'marker',
    milliseconds: 100,
    groupSize: 1,
  },
]);

/** Says nothing of the shards. */
class Discreet extends ReplicationExceptionFilter {
  protected override describe(failed: ReplicationError): ReplicationFailure {
    return { ...super.describe(failed), shards: [] };
  }
}

function host(type: string, ...args: unknown[]): ArgumentsHost {
  const context = new ExecutionContextHost(args);
  context.setType(type);
  return context;
}

/** What a filter throws. */
function thrown(filter: ReplicationExceptionFilter, type: string): unknown {
  try {
    filter.catch(error, host(type));
  } catch (reason) {
    return reason;
  }
  throw new Error('nothing was thrown');
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe('ReplicationExceptionFilter', () => {
  const filter = new ReplicationExceptionFilter();

  it('says in the body whether every write is known to be executed', () => {
    const { extensions } = thrown(filter, 'graphql') as {
      extensions: ReplicationFailure;
    };
    expect(extensions).toMatchObject({
      required: 2,
      acknowledged: 1,
      applied: 'unknown',
    });
    expect(extensions.message).toContain('1 of 2 required replicas');
    expect(extensions.message).toContain('is unknown');
  });

  it('emits an exception to a socket of Socket.IO, with what it answers to', () => {
    // the base class of those sockets: `emit` sends, and there is no readyState
    const socket = new EventEmitter();
    const emitted: unknown[] = [];
    socket.on('exception', (data) => emitted.push(data));
    filter.catch(error, host('ws', socket, { id: 1 }, 'place'));
    expect(emitted).toEqual([
      expect.objectContaining({
        status: 'error',
        code: 'REPLICATION',
        cause: { pattern: 'place', data: { id: 1 } },
      }),
    ]);
  });

  it('throws an error with extensions where the answer is of GraphQL', () => {
    expect(thrown(filter, 'graphql')).toMatchObject({
      extensions: { code: 'REPLICATION', statusCode: 503 },
      cause: error,
    });
  });

  it('passes the error on in contexts that it does not know', () => {
    expect(thrown(filter, 'telegram')).toBe(error);
  });

  it('answers what a derived filter describes, in every transport', async () => {
    vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const discreet = new Discreet();
    const socket = new EventEmitter();
    const emitted: unknown[] = [];
    socket.on('exception', (data) => emitted.push(data));
    discreet.catch(error, host('ws', socket, {}, 'place'));
    const rpc = discreet.catch(error, host('rpc')) as Observable<never>;
    const answer: unknown = await firstValueFrom(rpc).catch(
      (reason: unknown) => reason,
    );
    for (const body of [emitted[0], answer]) {
      expect(body).toMatchObject({ code: 'REPLICATION', shards: [] });
    }
    expect(thrown(discreet, 'graphql')).toMatchObject({
      extensions: { shards: [] },
    });
  });
});
