// The process of one client: it does what the runner asks over the IPC channel.
import { loadSource } from '../../tools/setup/load-source.mjs';

const [client] = process.argv.slice(2);
const { ClientWorker } = await loadSource('test/torture/client-worker.ts');
const worker = new ClientWorker(
  await loadSource(`test/torture/clients/${client}.ts`),
);

process.on('message', async ({ id, message }) => {
  try {
    process.send({ id, value: await worker.handle(message) });
  } catch (error) {
    process.send({
      id,
      error: `${error?.constructor?.name}: ${error?.message}`,
    });
  }
});
// what a client lets go uncaught is counted, and must not end the comparison
process.on('uncaughtException', (error) => {
  process.send?.({ uncaught: String(error?.stack ?? error) });
});
process.on('unhandledRejection', (error) => {
  process.send?.({ uncaught: String(error?.stack ?? error) });
});
// the runner is gone: nothing is left running
process.on('disconnect', () => process.exit());
process.send({ ready: true });
