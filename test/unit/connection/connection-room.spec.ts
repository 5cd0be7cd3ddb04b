import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../../lib/connection/connection.js';
import { bareSettings } from '../../support/bare-settings.js';
import {
  ScriptedServer,
  withHandshake,
  type Handler,
} from '../../support/scripted-server.js';

let server: ScriptedServer;
let connection: Connection;
/** Lets the server answer HELLO. */
let greet: () => void;

const answer: Handler = withHandshake((command) => command[0]);

beforeEach(async () => {
  const greeted = new Promise<void>((resolve) => (greet = resolve));
  server = await ScriptedServer.open(async (command, carrier) => {
    if (command[0] === 'HELLO') await greeted;
    return answer(command, carrier);
  });
  connection = new Connection(
    { address: { host: '127.0.0.1', port: server.port }, delayMs: 0 },
    { ...bareSettings, maxQueuedCommands: 2 },
    { opened: () => {}, idle: () => {}, closed: () => {} },
  );
});

afterEach(async () => {
  connection.destroy();
  await server.close();
});

describe('the room of a connection', () => {
  it('is all for its callers while the handshake is under way', async () => {
    await expect.poll(() => server.commands().length).toBeGreaterThan(2);
    expect(connection.state).toBe('opening');
    const sent = [connection.send(['ONE']), connection.send(['TWO'])];
    await expect(connection.send(['THREE'])).rejects.toThrow('full queue');
    greet();
    expect(await Promise.all(sent)).toEqual(['ONE', 'TWO']);
  });
});
