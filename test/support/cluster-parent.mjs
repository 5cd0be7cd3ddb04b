// A program that starts a cluster and never stops it, for tests of what is
// left when it ends: prints `{ pids, directory }` as a line of JSON, and after
// each SIGINT whether the servers still answer.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const { module } = await runnerImport(
  fileURLToPath(new URL('../../lib/testing/index.ts', import.meta.url)),
  { configFile: false, logLevel: 'error' },
);
const cluster = await module.LocalRedisCluster.start({
  primaries: 1,
  replicas: 2,
});
const [primary, restarted, frozen] = cluster.nodes;
const added = await cluster.addNode({ replicaOf: primary });
await cluster.restart(restarted);
await cluster.freeze(frozen);

process.on('SIGINT', () => {
  void cluster
    .command(added, 'PING')
    .then((reply) => console.log(JSON.stringify({ afterInterrupt: reply })));
});
console.log(
  JSON.stringify({
    pids: cluster.nodes.map(({ pid }) => pid),
    directory: primary.directory,
  }),
);
// ending on request, the way a script does that forgot stop()
process.stdin.on('data', () => process.stdin.destroy());
