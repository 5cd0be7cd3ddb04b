import { describe, expect, it } from 'vitest';
import type { RedisClusterClient } from '../../../lib/client/redis-cluster-client.js';
import { DEFAULT_DRAIN_MS } from '../../../lib/nest/redis-cluster.constants.js';
import { RedisClusterHealthIndicator } from '../../../lib/nest/redis-cluster-health.indicator.js';
import { DEFAULT_REPLIES } from '../../../lib/options/reply-options.js';
import { resolveOptions } from '../../../lib/options/resolve-options.js';
import { toSettings } from '../../../lib/testing/local-redis-cluster-options.js';
import {
  codeOf,
  documents,
  tablesMarked,
  type Table,
} from '../../support/documents.js';
import { membersOf } from './interface-members.js';

const MODULE_OPTIONS = 'lib/nest/redis-cluster-module-options.interface.ts';

/** Where each documented interface is, and what the code really does where nothing is said. */
const INTERFACES: Readonly<
  Record<string, { readonly file: string; readonly actual: object }>
> = {
  RedisClusterClientOptions: {
    file: 'lib/options/client-options.ts',
    actual: resolveOptions({ nodes: ['127.0.0.1:7000'] }),
  },
  ReplyOptions: {
    file: 'lib/options/reply-options.ts',
    actual: DEFAULT_REPLIES,
  },
  RedisClusterModuleOptions: {
    file: MODULE_OPTIONS,
    actual: { drainMs: DEFAULT_DRAIN_MS },
  },
  RedisClusterModuleExtras: { file: MODULE_OPTIONS, actual: {} },
  RedisClusterHealthOptions: {
    file: 'lib/nest/redis-cluster-health-options.interface.ts',
    actual: healthDefaults(),
  },
  LocalRedisClusterOptions: {
    file: 'lib/testing/local-redis-cluster-options.ts',
    actual: toSettings({}),
  },
};

const tables = tablesMarked('options').flatMap((table) => {
  const names = table.marks.get('options')!.split(', ');
  return [{ name: names.join(' and '), names, table }];
});

describe('the tables of options', () => {
  it('are there for every interface', () => {
    expect(new Set(tables.flatMap(({ names }) => names))).toEqual(
      new Set(Object.keys(INTERFACES)),
    );
  });

  it.each(tables)('list the members of $name', ({ names, table }) => {
    const members = names.flatMap((name) =>
      membersOf(INTERFACES[name]!.file, name),
    );
    expect(namesIn(table)).toEqual(members.map(({ name }) => name));
  });

  it.each(tables)('have the defaults that $name says', ({ names, table }) => {
    const members = names.flatMap((name) =>
      membersOf(INTERFACES[name]!.file, name),
    );
    for (const [name, shown] of defaultsIn(table)) {
      const said = members.find((member) => member.name === name)?.default;
      if (said === undefined) continue;
      expect(leadingLiteral(shown), name).toBe(leadingLiteral(said));
    }
  });

  it.each(tables)('have the defaults that $name gets', ({ names, table }) => {
    const actual = Object.assign(
      {},
      ...names.map((name) => INTERFACES[name]!.actual),
    ) as Record<string, unknown>;
    for (const [name, shown] of defaultsIn(table)) {
      const literal = leadingLiteral(shown);
      if (literal === undefined || actual[name] === undefined) continue;
      expect(actual[name], name).toEqual(valueOf(literal));
    }
  });
});

describe('the documentation', () => {
  it('shows no option that does not exist', () => {
    const known = new Set(
      Object.entries(INTERFACES).flatMap(([name, { file }]) =>
        membersOf(file, name).map((member) => member.name),
      ),
    );
    const gone = documents().flatMap(({ path, text }) =>
      [...text.matchAll(/`(\w+(?:Ms|Options|Connections|Commands|Bytes))`/g)]
        .map(([, name]) => name!)
        .filter((name) => /^[a-z]/.test(name) && !known.has(name))
        .map((name) => `${path}: ${name}`),
    );
    // fields of errors, of the client and of what it knows of nodes, which are no options
    expect(
      gone.filter(
        (line) => !/: (elapsedMs|clientOptions|latencyMs|lagBytes)$/.test(line),
      ),
    ).toEqual([]);
  });
});

function namesIn({ rows }: Table): string[] {
  return rows.map(([name]) => codeOf(name));
}

/** The second column, as it is written. */
function defaultsIn({ rows }: Table): [name: string, shown: string][] {
  return rows.map(([name, shown]) => [codeOf(name), codeOf(shown) || shown!]);
}

/**
 * A number, word in quotes, true, false, object or array at the beginning;
 * what stands behind it explains it: `268_435_456 (256 MiB)`.
 */
function leadingLiteral(text: string): string | undefined {
  const found = /^(\d[\d_]*|'[^']*'|true\b|false\b|\{.*\}|\[\])/.exec(text);
  return found?.[0].replaceAll(/(?<=\d)_(?=\d)/g, '');
}

function valueOf(literal: string): unknown {
  const json = literal.replaceAll("'", '"').replaceAll(/(\w+):/g, '"$1":');
  return JSON.parse(json) as unknown;
}

function healthDefaults(): object {
  const indicator = new RedisClusterHealthIndicator({} as RedisClusterClient);
  return (indicator as unknown as { options: object }).options;
}
