import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { LocalRedisCluster } from '../../../lib/testing/local-redis-cluster.js';
import { SERVER_NAMES } from '../../../lib/testing/server-binary.js';
import { VERSION } from '../../../lib/version.js';
import {
  codeOf,
  Document,
  documents,
  ROOT,
  tablesMarked,
} from '../../support/documents.js';
import { parseSource } from './interface-members.js';

const manifest = JSON.parse(
  readFileSync(join(ROOT, 'package.json'), 'utf8'),
) as { version: string; scripts: Record<string, string> };

describe('the version', () => {
  it('is the same in lib/version.ts and package.json', () => {
    expect(VERSION).toBe(manifest.version);
  });

  it('has an entry in the changelog', () => {
    expect(new Document('CHANGELOG.md').text).toContain(`## [${VERSION}]`);
  });
});

describe.each(
  documents().map((document) => [document.path, document] as const),
)('%s', (_, document) => {
  it('links to what exists', () => {
    const broken = document.links
      .filter(({ target }) => !resolves(document, target))
      .map(({ target, line }) => `${line}: ${target}`);
    expect(broken).toEqual([]);
  });

  it('names files of this repository that exist', () => {
    const named = document.text.matchAll(
      /`((?:lib|test|tools|bench|docs|sample-app)\/[\w./-]*)`/g,
    );
    const missing = [...named]
      .map(([, path]) => path!)
      .filter((path) => !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });

  it('names npm scripts that exist', () => {
    const named = document.text.matchAll(
      /npm (?:run ([\w:-]+)|(start|test)\b)/g,
    );
    const missing = [...named]
      .map(([, script, short]) => script ?? short!)
      .filter((script) => !(script in manifest.scripts));
    expect(missing).toEqual([]);
  });
});

describe('the architecture page', () => {
  it('has a row for every room of lib/, and no other', () => {
    const [rooms] = tablesMarked('rooms');
    const folders = readdirSync(join(ROOT, 'lib'), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${name}/`);
    expect(rooms!.rows.map(([room]) => codeOf(room)).sort()).toEqual(
      folders.sort(),
    );
  });
});

describe('the table of events', () => {
  it('lists the types of ClusterEvent', () => {
    const [events] = tablesMarked('events');
    const types: string[] = [];
    const visit = (node: ts.Node): void => {
      if (
        ts.isPropertySignature(node) &&
        node.name.getText() === 'type' &&
        node.type !== undefined &&
        ts.isLiteralTypeNode(node.type)
      ) {
        types.push(node.type.getText().slice(1, -1));
      }
      node.forEachChild(visit);
    };
    visit(parseSource('lib/execution/cluster-events.ts'));
    expect(events!.rows.map(([type]) => codeOf(type))).toEqual(types);
  });
});

describe('the testing page', () => {
  const { text } = new Document('docs/testing.md');

  it('has every verb of LocalRedisCluster', () => {
    const [verbs] = tablesMarked('verbs');
    const listed = verbs!.rows.flatMap(([cell]) =>
      [...cell!.matchAll(/`(\w+)/g)].map(([, name]) => name!),
    );
    expect(listed.sort()).toEqual(publicMembers().sort());
  });

  it('names the servers that can be fetched', () => {
    for (const name of SERVER_NAMES) expect(text).toContain(`\`${name}\``);
  });
});

/** What a user of the class sees: no static, private or symbol members. */
function publicMembers(): string[] {
  const declaration = parseSource(
    'lib/testing/local-redis-cluster.ts',
  ).statements.find(ts.isClassDeclaration)!;
  expect(declaration.name!.text).toBe(LocalRedisCluster.name);
  return declaration.members
    .filter(
      (member) =>
        member.name !== undefined &&
        ts.isIdentifier(member.name) &&
        !(
          ts.getCombinedModifierFlags(member) &
          (ts.ModifierFlags.Private | ts.ModifierFlags.Static)
        ),
    )
    .map((member) => member.name!.getText());
}

function resolves(document: Document, target: string): boolean {
  if (/^https:\/\//.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const file = join(document.folder, path);
  if (path !== '' && !existsSync(file)) return false;
  if (anchor === undefined) return true;
  const other = path === '' ? document : new Document(file.slice(ROOT.length));
  return other.anchors.has(anchor);
}
