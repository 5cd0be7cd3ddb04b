import { ConnectionError } from '../errors/connection-error.js';
import { ReplyError } from '../errors/reply-error.js';
import type { Credentials } from '../options/client-options.js';
import { checkedCredentials } from '../options/credentials.js';
import { VERSION } from '../version.js';
import type { ConnectionSettings } from './connection-settings.js';

/** Sends one command of the handshake. */
export type HandshakeSend = (...words: readonly string[]) => Promise<unknown>;

/** Refusals that no other protocol and no repetition would change. */
const REFUSED = new Set(['WRONGPASS', 'NOAUTH', 'DENIED']);

/**
 * Makes a fresh connection usable: protocol, user, name, mode.
 *
 * RESP3 is offered by HELLO; a server that does not know it, or may not run it
 * for us, is spoken to in RESP2.
 *
 * @param greeted given the reply to HELLO, where there is one: in time with
 *   RESP3; with RESP2 nothing waits for it
 * @returns the credentials that were accepted: the newest where others came
 *   while the server was about to refuse these
 * @throws {ConnectionError} when the server refuses the user
 */
export async function shakeHands(
  send: HandshakeSend,
  settings: ConnectionSettings,
  address: string,
  greeted: (hello: unknown) => void,
): Promise<Credentials | undefined> {
  let credentials = await settings.credentials();
  if (credentials !== undefined) checkedCredentials(credentials);
  for (;;) {
    try {
      await logIn(send, settings, credentials, address, greeted);
      break;
    } catch (error) {
      const newest = settings.rotation?.newest;
      if (!isRefusedUser(error) || newest === credentials) throw error;
      if (newest === undefined) throw error;
      // a refusal may be lost that meets other replies on their way; see `Login`
      await send('PING').catch(ignore);
      credentials = newest;
    }
  }
  if (settings.readOnly === true) await send('READONLY');
  return credentials;
}

async function logIn(
  send: HandshakeSend,
  settings: ConnectionSettings,
  credentials: Credentials | undefined,
  address: string,
  greeted: (hello: unknown) => void,
): Promise<void> {
  const auth =
    credentials === undefined
      ? []
      : ['AUTH', credentials.username ?? 'default', credentials.password];
  if (settings.protocol === 3) {
    const name =
      settings.clientName === undefined ? [] : ['SETNAME', settings.clientName];
    try {
      const hello = send('HELLO', '3', ...auth, ...name);
      introduce(send);
      greeted(await hello);
      return;
    } catch (error) {
      if (isRefusal(error)) throw refused(error, address);
      if (!(error instanceof ReplyError)) throw error;
      // it closes behind that: no word of ours is answered any more
      if (isFull(error)) throw full(error, address);
    }
  }
  try {
    if (credentials !== undefined) {
      // a user given without its name is the default user, also before ACLs (Redis 5)
      await send(
        'AUTH',
        ...(credentials.username === undefined ? [] : [credentials.username]),
        credentials.password,
      );
    }
    if (settings.clientName !== undefined) {
      await send('CLIENT', 'SETNAME', settings.clientName);
    }
    if (settings.protocol === 2) {
      introduce(send);
      // without a version it changes nothing; servers before 6.2 want one
      void send('HELLO').then(greeted, ignore);
    }
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error;
    throw isFull(error) ? full(error, address) : refused(error, address);
  }
}

/** Shows in CLIENT LIST which library this is; servers before 7.2 do not know it, which is no matter. */
function introduce(send: HandshakeSend): void {
  void send('CLIENT', 'SETINFO', 'LIB-NAME', 'nest-redis-cluster').catch(
    ignore,
  );
  void send('CLIENT', 'SETINFO', 'LIB-VER', VERSION).catch(ignore);
}

function ignore(): void {}

function isFull(error: ReplyError): boolean {
  return error.message.startsWith('ERR max number of clients reached');
}

/** Passes, unlike the refusal of a user: the text is the message, not the cause. */
function full(error: ReplyError, address: string): ConnectionError {
  return new ConnectionError(`${address} has no room: ${error.message}`, {
    node: address,
  });
}

function isRefusal(error: unknown): error is ReplyError {
  return error instanceof ReplyError && REFUSED.has(error.prefix);
}

function isRefusedUser(error: unknown): boolean {
  return error instanceof ConnectionError && error.cause instanceof ReplyError;
}

function refused(error: ReplyError, address: string): ConnectionError {
  return new ConnectionError(
    `${address} refused the connection: ${error.message}`,
    { node: address, cause: error },
  );
}
