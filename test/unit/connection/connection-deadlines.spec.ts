import { afterEach, expect, it } from 'vitest';
import { Connection } from '../../../lib/connection/connection.js';
import { RawRequest } from '../../../lib/connection/raw-request.js';
import { bareSettings } from '../../support/bare-settings.js';

const nothing = (): void => undefined;

/** It opens long after the test, so that what it is given waits. */
const connection = new Connection(
  { address: { host: '127.0.0.1', port: 1 }, delayMs: 60_000 },
  bareSettings,
  { opened: nothing, idle: nothing, closed: nothing },
);

afterEach(() => connection.destroy());

/** Rejects when it expires. */
const send = (name: string, timeoutMs: number, expired = nothing) =>
  new Promise<unknown>((resolve, reject) => {
    const failed = (error: Error): void => {
      expired();
      reject(error);
    };
    connection.push(new RawRequest([name], timeoutMs, resolve, failed));
  });

it('what is sent at once when another request expires has its own deadline (conformance 52)', async () => {
  let second: Promise<unknown> | undefined;
  const first = send('FIRST', 10, () => (second = send('SECOND', 30)));
  await expect(first).rejects.toMatchObject({ command: 'FIRST' });
  // and nothing else is sent that would make the connection look at its requests
  await expect(second).rejects.toMatchObject({ command: 'SECOND' });
});
