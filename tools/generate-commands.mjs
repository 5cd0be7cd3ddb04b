// Writes the command table and the typed commands.
//
//   node tools/generate-commands.mjs
//       from the committed facts (tools/commands/facts.json)
//   node tools/generate-commands.mjs --server PATH [--server PATH ...]
//       asks these servers first and commits what they say to facts.json;
//       a later server wins where they differ
//   node tools/generate-commands.mjs --check
//       writes nothing; fails if anything would change
//
// Running it again changes nothing.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import prettier from 'prettier';
import { condense, merge } from './commands/facts.mjs';
import { withModules } from './commands/modules.mjs';
import { withNewer } from './commands/newer.mjs';
import { policyTable } from './commands/policy-table.mjs';
import { withServer } from './commands/server-client.mjs';
import { tableSource } from './commands/table.mjs';
import { typedSources } from './commands/typed.mjs';

const FACTS = new URL('./commands/facts.json', import.meta.url);
const LIB = new URL('../lib/commands/', import.meta.url);

const { values } = parseArgs({
  options: {
    server: { type: 'string', multiple: true },
    check: { type: 'boolean', default: false },
  },
});

if (values.server !== undefined) {
  const versions = [];
  const identities = [];
  const servers = [];
  for (const binary of values.server) {
    const facts = await withServer(binary, async (client) => {
      const hello = await client.send('HELLO', '3');
      versions.push(`${hello.server} ${hello.version}`);
      identities.push(identityOf(hello));
      return condense(
        hello.server,
        await client.send('COMMAND'),
        await client.send('COMMAND', 'DOCS'),
      );
    });
    console.log(`${versions.at(-1)}: ${facts.size} commands`);
    servers.push(facts);
  }
  const lines = [...merge(servers)].map((entry) => JSON.stringify(entry));
  write(
    FACTS,
    `{"versions":${JSON.stringify(versions)},"identities":${JSON.stringify(identities)},"commands":[\n${lines.join(',\n')}\n]}\n`,
  );
}

const { versions, identities, commands } = JSON.parse(
  readFileSync(FACTS, 'utf8'),
);
const facts = withModules(withNewer(commands));
write(
  new URL('command-table.generated.ts', LIB),
  tableSource(facts, versions, identities),
);
for (const [file, source] of typedSources(facts)) {
  const options = await prettier.resolveConfig(
    new URL('../.prettierrc.json', import.meta.url),
  );
  write(
    new URL(`typed/${file}`, LIB),
    await prettier.format(source, { ...options, parser: 'typescript' }),
  );
}

const coredis = JSON.parse(
  readFileSync(new URL('./commands/coredis.json', import.meta.url), 'utf8'),
);
write(
  new URL('../docs/commands.md', import.meta.url),
  policyTable(facts, versions, coredis),
);

/** As `serverIdentity` of the library has it. */
function identityOf({ server, version, modules }) {
  const loaded = modules.map(({ name, ver }) => `${name}:${ver}`);
  return [server, version, ...loaded.toSorted()].join(' ');
}

function write(url, text) {
  let before;
  try {
    before = readFileSync(url, 'utf8');
  } catch {
    // the first run
  }
  if (before === text) return;
  if (values.check) {
    console.error(`${url.pathname} is not what the generator writes`);
    process.exitCode = 1;
    return;
  }
  writeFileSync(url, text);
  console.log(`wrote ${url.pathname}`);
}
