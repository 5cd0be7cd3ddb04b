import type { ConnectionSettings } from '../../lib/connection/connection-settings.js';

/** Of a connection without TLS, a user or a name, which has time. */
export const bareSettings: ConnectionSettings = {
  credentials: () => undefined,
  tls: undefined,
  lookup: undefined,
  clientName: undefined,
  protocol: 3,
  socketTimeoutMs: 60_000,
  maxQueuedCommands: 100,
  maxQueuedBytes: 1_000_000,
};
