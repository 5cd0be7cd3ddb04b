import { CommandView, RedisClusterClient } from 'nest-redis-cluster';
import { LocalRedisCluster } from 'nest-redis-cluster/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { commandNames, commandSpec } from '../../lib/commands/command-table.js';
import { SIGNATURES } from '../../lib/commands/typed/signatures.generated.js';
import { DATA_CASES, type ReplyCase } from '../support/reply-cases.js';
import { NOT_RUN, SERVER_CASES } from '../support/reply-cases-of-servers.js';
import { STREAM_CASES } from '../support/reply-cases-of-streams.js';
import { STRUCTURE_CASES } from '../support/reply-cases-of-structures.js';
import { mismatch, shapeOf } from '../support/reply-type-checker.js';

interface Reply {
  /** Undefined for every other condition. */
  readonly when: string | undefined;
  readonly type: string;
}

/** The curated table, which the types are made from. */
const { CURATED_DOCS } = (await import(
  new URL('../../tools/commands/curated-docs.mjs', import.meta.url).href
)) as { CURATED_DOCS: ReadonlyMap<string, { replies: readonly Reply[] }> };

interface View {
  readonly text: 'string' | 'Buffer';
  readonly protocol: 2 | 3;
  readonly tag: string;
  readonly commands: CommandView<any>;
}

let cluster: LocalRedisCluster;
let clients: RedisClusterClient[];
let views: View[];
/** The commands of the servers, by their full names. */
let served: Set<string>;

beforeAll(async () => {
  cluster = await LocalRedisCluster.start({
    // the roles stay what they are, also where a node is busy
    nodeTimeoutMs: 30_000,
    args: Object.entries({
      '--slowlog-log-slower-than': '0',
      '--latency-monitor-threshold': '1',
      '--enable-debug-command': 'yes',
    }).flat(),
  });
  clients = ([2, 3] as const).map(
    (protocol) =>
      new RedisClusterClient({ ...cluster.clientOptions, protocol }),
  );
  views = clients.flatMap((client, index): View[] => {
    const protocol = index === 0 ? 2 : 3;
    return [
      {
        text: 'string',
        protocol,
        tag: `text${protocol}`,
        commands: client.with({}),
      },
      {
        text: 'Buffer',
        protocol,
        tag: `bytes${protocol}`,
        commands: client.with({ replies: 'buffers' }),
      },
    ];
  });
  const known = await clients[0]!.command();
  served = new Set(
    known.flatMap(({ name, subcommands }) =>
      [name, ...subcommands.map((child) => child.name.replace('|', ' '))].map(
        (full) => full.toUpperCase(),
      ),
    ),
  );
  for (const node of cluster.nodes) {
    // something for the logs of every node
    await cluster.command(node, 'DEBUG', 'SLEEP', '0.005');
    await cluster.command(node, 'AUTH', 'nobody', 'x').catch(() => undefined);
  }
});

afterAll(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await cluster.stop();
});

function declared(command: string, when: string): string {
  const { replies } = CURATED_DOCS.get(command)!;
  const condition = when === '' ? undefined : when;
  const reply = replies.find((one) => one.when === condition);
  if (reply === undefined) throw new Error(`No reply of ${command} ${when}`);
  return reply.type;
}

/** Whether one could be the other with more in its lists. */
function alike(one: unknown, other: unknown): boolean {
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === 0 || other.length === 0 || equal(one, other);
  }
  if (isObject(one) && isObject(other)) {
    const names = [Object.keys(one), Object.keys(other)];
    if (names.some(({ length }) => length === 0)) return true;
    return (
      equal(names[0], names[1]) &&
      names[0]!.every((name) => alike(one[name], other[name]))
    );
  }
  return equal(one, other);
}

const equal = (one: unknown, other: unknown): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** Where replies are not of the declared type, or differ between protocols. */
async function failuresOf(cases: readonly ReplyCase[]): Promise<string[]> {
  const failures: string[] = [];
  for (const [command, when, call, needs] of cases) {
    if (!served.has(command)) continue;
    if (needs !== undefined && !served.has(needs)) continue;
    const title = `${command} ${when}`.trimEnd();
    const type = declared(command, when);
    const shapes: Record<string, unknown> = {};
    for (const { text, protocol, tag, commands } of views) {
      const where = `${title} (RESP${protocol}, ${text})`;
      try {
        const reply: unknown = await call(
          commands,
          (name) => `{${tag}}:${name}`,
        );
        const failure = mismatch(type, reply, { Text: text, Reply: 'unknown' });
        if (failure !== undefined) failures.push(`${where}: ${failure}`);
        const shape = shapeOf(reply);
        const other = (shapes[text] ??= shape);
        if (!alike(shape, other)) {
          failures.push(
            `${where}: ${JSON.stringify(shape)}, not ${JSON.stringify(other)}`,
          );
        }
      } catch (error) {
        failures.push(`${where}: ${(error as Error).message}`);
      }
    }
  }
  return failures;
}

it.each([
  ['strings, keys, hashes, lists and sets', DATA_CASES],
  ['sorted sets, bitmaps, places and vector sets', STRUCTURE_CASES],
  ['streams', STREAM_CASES],
  ['scripts, channels, servers and the cluster', SERVER_CASES],
] as const)(
  'replies of %s are of the declared type, alike on RESP2 and RESP3 (conformance 158)',
  async (_group, cases) => {
    expect(await failuresOf(cases)).toEqual([]);
  },
);

it('every typed command of the server was called above', () => {
  const called = new Set(
    [DATA_CASES, STRUCTURE_CASES, STREAM_CASES, SERVER_CASES]
      .flat()
      .map(([command]) => command),
  );
  const missing = SIGNATURES.trim()
    .split('\n')
    .map((line) => line.slice(0, line.indexOf('|')))
    .filter(
      (command) =>
        served.has(command) &&
        !called.has(command) &&
        NOT_RUN[command] === undefined &&
        commandSpec(command).refused === undefined,
    );
  expect(missing).toEqual([]);
  const names = commandNames();
  for (const command of Object.keys(NOT_RUN)) expect(names).toContain(command);
});
