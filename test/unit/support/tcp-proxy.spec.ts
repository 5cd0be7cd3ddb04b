import { once } from 'node:events';
import {
  connect,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomesTrue } from '../../support/processes.js';
import { TcpProxy } from '../../support/tcp-proxy.js';

describe('TcpProxy', () => {
  let echo: Server;
  let proxy: TcpProxy;
  let client: Socket;
  let received: Buffer[];
  const text = (): string => Buffer.concat(received).toString();

  beforeEach(async () => {
    echo = createServer((socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const { port } = echo.address() as AddressInfo;
    proxy = await TcpProxy.open({ host: '127.0.0.1', port });
    client = connect({ host: '127.0.0.1', port: proxy.port, noDelay: true });
    received = [];
    client.on('data', (chunk: Buffer) => received.push(chunk));
    client.on('error', () => undefined);
    await once(client, 'connect');
  });
  afterEach(async () => {
    client.destroy();
    await proxy.close();
    echo.close();
  });

  it('passes bytes on both ways and counts them', async () => {
    client.write('hello');
    expect(await becomesTrue(() => text() === 'hello')).toBe(true);
    expect(proxy.bytes('toServer')).toBe(5);
    expect(proxy.bytes('toClient')).toBe(5);
    expect(proxy.openConnections).toBe(1);
    expect(proxy.acceptedConnections).toBe(1);
  });

  it.each(['toServer', 'toClient'] as const)(
    'holds back what goes %s, and passes it on after',
    async (direction) => {
      proxy.freeze(direction);
      client.write('held');
      expect(await becomesTrue(() => proxy.bytes(direction) === 4)).toBe(true);
      expect(text()).toBe('');
      expect(proxy.bytes('toClient')).toBe(direction === 'toServer' ? 0 : 4);
      proxy.thaw();
      expect(await becomesTrue(() => text() === 'held')).toBe(true);
    },
  );

  it.each(['fin', 'rst'] as const)(
    'ends in the middle of a reply by %s',
    async (how) => {
      const closed = once(client, 'close');
      proxy.cutMidReply(how);
      client.write('0123456789');
      await closed;
      // a reset may overtake what was written before it
      expect('01234').toContain(text());
    },
  );

  it('leaves a client half-open: nothing comes, not even an end', async () => {
    let ended = false;
    client.once('close', () => (ended = true));
    proxy.halfOpen();
    client.write('lost');
    expect(await becomesTrue(() => proxy.bytes('toServer') === 4)).toBe(true);
    expect([ended, text()]).toEqual([false, '']);
  });

  it('delays one direction', async () => {
    proxy.delay(60, 'toClient');
    const before = performance.now();
    client.write('late');
    expect(await becomesTrue(() => text() === 'late')).toBe(true);
    expect(performance.now() - before).toBeGreaterThanOrEqual(59);
  });

  it('splits into single bytes', async () => {
    proxy.split(true, 'toClient');
    client.write('a few bytes');
    expect(await becomesTrue(() => text() === 'a few bytes')).toBe(true);
    expect(received.length).toBeGreaterThan(3);
  });

  it('cuts with FIN, or with RST', async () => {
    const ended = once(client, 'end');
    proxy.cut();
    await ended;
    expect(await becomesTrue(() => proxy.openConnections === 0)).toBe(true);

    const second = connect({ host: '127.0.0.1', port: proxy.port });
    await once(second, 'connect');
    expect(await becomesTrue(() => proxy.openConnections === 1)).toBe(true);
    const reset = once(second, 'error');
    proxy.cut('rst');
    expect((await reset)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('refuses new connections while told so', async () => {
    proxy.refuse();
    const refused = connect({ host: '127.0.0.1', port: proxy.port });
    expect((await once(refused, 'error'))[0]).toMatchObject({
      code: 'ECONNRESET',
    });
    proxy.refuse(false);
    const accepted = connect({ host: '127.0.0.1', port: proxy.port });
    await once(accepted, 'connect');
    accepted.destroy();
  });
});
