// Commands that none of the servers at hand has yet (newer-facts.json): in the
// table, so that call() knows where they go and asks nobody, but without methods.
import { readFileSync } from 'node:fs';

const CONTAINERS = new Set(['BACKUP', 'HIMPORT']);

/** The facts, with those of newer servers; what a server at hand says of itself stands. */
export function withNewer(commands) {
  const { commands: newer } = JSON.parse(
    readFileSync(new URL('./newer-facts.json', import.meta.url), 'utf8'),
  );
  const known = new Set(commands.map(([name]) => name));
  const facts = newer
    .filter(([name]) => !known.has(name))
    .map(([name, { since, ...fact }]) => [
      name,
      {
        ...fact,
        since: { redis: since },
        internal: true,
        complexity: '',
        deprecated: false,
        container: CONTAINERS.has(name),
        arguments: [],
      },
    ]);
  return [...commands, ...facts];
}
