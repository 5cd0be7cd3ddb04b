import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '../../../lib/connection/connection.js';
import type { ConnectionSettings } from '../../../lib/connection/connection-settings.js';
import { CredentialsRotation } from '../../../lib/connection/credentials-rotation.js';
import type { Credentials } from '../../../lib/options/client-options.js';
import { bareSettings } from '../../support/bare-settings.js';
import {
  error,
  OK,
  ScriptedServer,
  withHandshake,
  type Handler,
  type ScriptedReply,
} from '../../support/scripted-server.js';

const FIRST: Credentials = { username: 'u', password: 'first' };
const SECOND: Credentials = { username: 'u', password: 'second' };
const THIRD: Credentials = { username: 'v', password: 'third' };

/** What the connection and its rotation told, in order. */
let told: string[];
let server: ScriptedServer;
let rotation: CredentialsRotation;
let connection: Connection;

/** Replies to SLOW, which come when the test says so. */
let slow: ((reply: ScriptedReply) => void)[];
/** Passwords that the server accepts. */
let accepted: Set<string>;
/** Called with each password that comes. */
let authenticates: (password: string) => void;

const WRONGPASS = error('WRONGPASS invalid username-password pair');

const judge = (password: string): boolean => {
  authenticates(password);
  return accepted.has(password);
};

const answer: Handler = withHandshake((command) => {
  if (command[0] !== 'SLOW') return command[0];
  return new Promise((resolve) => {
    slow.push(resolve);
  });
});

beforeEach(async () => {
  told = [];
  slow = [];
  accepted = new Set(['first', 'second', 'third']);
  authenticates = () => {};
  server = await ScriptedServer.open((command, carrier) => {
    const [name] = command;
    if (name === 'AUTH') return judge(command.at(-1)!) ? OK : WRONGPASS;
    if (name === 'HELLO' && command[2] === 'AUTH' && !judge(command[4]!)) {
      return WRONGPASS;
    }
    return answer(command, carrier);
  });
  rotation = new CredentialsRotation({
    rotated: (connections) => told.push(`rotated ${connections}`),
    refused: (_, cause) => told.push(`refused ${cause.message}`),
  });
  rotation.rotate(FIRST);
});

afterEach(async () => {
  connection.destroy();
  await server.close();
});

/** Opens the connection under test. */
async function open(
  options: Partial<ConnectionSettings> = {},
): Promise<Connection> {
  await new Promise<void>((resolve, reject) => {
    connection = new Connection(
      { address: { host: '127.0.0.1', port: server.port }, delayMs: 0 },
      {
        ...bareSettings,
        credentials: () => rotation.newest,
        rotation,
        ...options,
      },
      {
        opened: () => resolve(),
        idle: () => told.push('idle'),
        closed: (_, cause) => {
          told.push('closed');
          reject(cause);
        },
      },
    );
  });
  told.length = 0;
  return connection;
}

/** What came behind the handshake. */
const sent = (): string[] =>
  server
    .commands()
    .map((words) => words.join(' '))
    .filter((line) => !/^(HELLO|CLIENT|PING)/.test(line));

/** Resolves when the server has so many commands behind the handshake. */
async function received(count: number): Promise<void> {
  await expect.poll(() => sent().length).toBeGreaterThanOrEqual(count);
}

describe('a connection whose credentials change', () => {
  it('sends AUTH alone, ahead of what is not written yet, and tells its owner of nothing', async () => {
    await open();
    const first = connection.send(['SLOW', 1]);
    await received(1);
    rotation.rotate(SECOND);
    const second = connection.send(['GET', 1]);
    expect(connection.load).toBe(2);
    slow[0]!('done');
    expect(await first).toBe('done');
    expect(await second).toBe('GET');
    expect(sent()).toEqual(['SLOW 1', 'AUTH u second', 'GET 1']);
    expect(told).toEqual(['rotated 1', 'idle']);
  });

  it('is idle while AUTH is all that it waits for, and not once more behind it', async () => {
    await open();
    rotation.rotate(SECOND);
    await expect.poll(() => told).toEqual(['rotated 1']);
    expect(connection.load).toBe(0);
    await connection.send(['GET', 1]);
    expect(told).toEqual(['rotated 1', 'idle']);
  });

  it('sends the newest only, and another AUTH where newer ones came meanwhile', async () => {
    await open();
    const first = connection.send(['SLOW', 1]);
    await received(1);
    rotation.rotate(SECOND);
    rotation.rotate(FIRST);
    rotation.rotate(SECOND);
    accepted.delete('second');
    authenticates = (password) => {
      if (password === 'second') rotation.rotate(THIRD);
    };
    slow[0]!('done');
    await first;
    await expect.poll(() => told).toContain('rotated 1');
    // a refusal of what is not the newest is no news
    expect(sent()).toEqual(['SLOW 1', 'AUTH u second', 'AUTH v third']);
    expect(told).toEqual(['idle', 'rotated 1']);
    expect(connection.state).toBe('ready');
  });

  it('stands for another user where the name changes, from AUTH on', async () => {
    await open();
    const { user } = connection;
    rotation.rotate(SECOND);
    await expect.poll(() => told).toEqual(['rotated 1']);
    expect(connection.user).toBe(user);
    rotation.rotate(THIRD);
    expect(connection.user).toBe(user);
    await expect.poll(() => told).toEqual(['rotated 1', 'rotated 1']);
    expect(connection.user).not.toBe(user);
  });

  it('keeps its user while it has to', async () => {
    await open();
    connection.login!.keep();
    rotation.rotate(SECOND);
    await connection.send(['GET', 1]);
    expect(sent()).toEqual(['GET 1']);
    connection.login!.release();
    await expect.poll(() => told).toEqual(['idle', 'rotated 1']);
    expect(sent()).toEqual(['GET 1', 'AUTH u second']);
  });

  it('that are refused closes when what was written has its replies', async () => {
    await open();
    accepted.delete('second');
    rotation.rotate(SECOND);
    const behind = connection.send(['SLOW', 1]);
    await received(2);
    await expect
      .poll(() => told)
      .toEqual(['refused WRONGPASS invalid username-password pair']);
    slow[0]!('done');
    expect(await behind).toBe('done');
    await expect.poll(() => told.at(-1)).toBe('rotated 0');
    expect(told.slice(1)).toEqual(['closed', 'rotated 0']);
  });

  it('closes at once where nothing was written', async () => {
    await open();
    accepted.delete('second');
    rotation.rotate(SECOND);
    await expect.poll(() => told).toContain('closed');
    expect(told[0]).toMatch(/^refused/);
  });

  it('ends with AUTH in flight as if it were not', async () => {
    await open();
    rotation.rotate(SECOND);
    await connection.end();
    expect(told).toEqual(['closed', 'rotated 0']);
  });

  it.each([2, 3] as const)(
    'while it is made takes the newest, by protocol %d',
    async (protocol) => {
      accepted.delete('first');
      authenticates = (password) => {
        if (password === 'first') rotation.rotate(SECOND);
      };
      await open({ protocol });
      expect(await connection.send(['GET', 1])).toBe('GET');
      expect(told).not.toContain('closed');
    },
  );

  it('changes behind its handshake where that took former ones', async () => {
    authenticates = (password) => {
      if (password === 'first') rotation.rotate(SECOND);
    };
    await open();
    expect(await connection.send(['GET', 1])).toBe('GET');
    expect(sent()).toEqual(['AUTH u second', 'GET 1']);
  });

  it('names the default user where none is named', async () => {
    rotation.rotate({ password: 'first' });
    await open();
    rotation.rotate({ password: 'second' });
    await expect.poll(() => told).toEqual(['rotated 1']);
    expect(sent()).toEqual(['AUTH default second']);
  });
});
