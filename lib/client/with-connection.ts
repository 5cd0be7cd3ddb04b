import { ConfigurationError } from '../errors/configuration-error.js';
import type { CallSettings } from '../execution/calls/call-settings.js';
import type { Executor } from '../execution/executor.js';
import { placeOf, type NodeTarget } from './at.js';
import { callSite } from './call-site.js';
import { ExclusiveConnection } from './exclusive-connection.js';

/** Gives the caller a connection of its own for as long as `work` takes. */
export async function runWithConnection<T>(
  executor: Executor,
  settings: CallSettings,
  target: NodeTarget,
  work: (connection: ExclusiveConnection<any>) => T | Promise<T>,
): Promise<T> {
  if (typeof work !== 'function') {
    throw new ConfigurationError('withConnection: expected a function');
  }
  const holder = callSite('This is where it was taken');
  const place = placeOf(executor, target, 'withConnection');
  const session = await executor.openSession({ place, holder }, settings);
  try {
    return await Promise.race([
      work(new ExclusiveConnection({ executor, settings, session })),
      session.takenBack(),
    ]);
  } finally {
    session.release();
  }
}
