import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { Document, ROOT } from '../../support/documents.js';

/** How a title names the cases that its test proves. */
const NUMBERS = /\(conformance (\d+(?:, \d+)*)\)/g;

const ONE_GROUP = new RegExp(NUMBERS.source);

/** Kept for subscriptions. */
const RESERVED = [...Array.from({ length: 15 }, (_, nth) => 88 + nth), 154];

const specs = readdirSync(join(ROOT, 'test'), {
  recursive: true,
  encoding: 'utf8',
})
  .filter((path) => path.endsWith('spec.ts'))
  .map((path) => `test/${path}`)
  .sort();

/** All text that stands in the titles of a spec, and in the rows of its tables. */
function titlesOf(path: string): string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(join(ROOT, path), 'utf8'),
    ts.ScriptTarget.Latest,
  );
  const titles: string[] = [];
  const collect = (node: ts.Node): void => {
    // what a test does is no part of its title
    if (ts.isFunctionLike(node)) return;
    if (ts.isStringLiteralLike(node)) titles.push(node.text);
    else if (ts.isTemplateExpression(node)) titles.push(node.getText(source));
    else node.forEachChild(collect);
  };
  const visit = (node: ts.Node): void => {
    if (
      ts.isCallExpression(node) &&
      /^(?:describe|it|test)\b/.test(node.expression.getText(source))
    ) {
      collect(node);
    }
    node.forEachChild(visit);
  };
  visit(source);
  return [...new Set(titles)];
}

const titles = new Map(specs.map((path) => [path, titlesOf(path)]));

/** The specs that name each case. */
const named = new Map<number, string[]>();
for (const [path, texts] of titles) {
  const numbers = texts.flatMap((text) =>
    [...text.matchAll(NUMBERS)].flatMap(([, list]) =>
      list!.split(', ').map(Number),
    ),
  );
  for (const number of new Set(numbers)) {
    named.set(number, [...(named.get(number) ?? []), path]);
  }
}

const rows = new Document('docs/conformance.md').tables
  .filter(({ marks }) => marks.has('conformance'))
  .flatMap((table) => table.rows);

describe('the table of conformance', () => {
  it('has every number once, in order, with what it means', () => {
    const numbers = rows.map(([number]) => Number(number));
    const all = Array.from({ length: numbers.at(-1)! }, (_, nth) => nth + 1);
    expect(numbers).toEqual(all.filter((number) => !RESERVED.includes(number)));
    for (const [, meaning] of rows) expect(meaning).toMatch(/^\S.*\.$/);
  });

  it.each(rows)('names where %s is tested', (number, _meaning, where) => {
    const listed = [...where!.matchAll(/\]\(\.\.\/([^)]+)\)/g)].map(
      ([, path]) => path!,
    );
    expect(listed).not.toEqual([]);
    expect(listed.sort()).toEqual(named.get(Number(number)));
  });

  it('has the numbers that tests name, and no test names another', () => {
    const known = new Set(rows.map(([number]) => Number(number)));
    const strange = [...named].filter(([number]) => !known.has(number));
    expect(strange).toEqual([]);
  });
});

describe('titles', () => {
  it('name cases in one form', () => {
    const odd = [...titles].flatMap(([path, texts]) =>
      texts
        // one group of numbers, and nothing that is nearly one
        .filter((text) => /conformance \d/.test(text.replace(ONE_GROUP, '')))
        .map((text) => `${path}: ${text}`),
    );
    expect(odd).toEqual([]);
  });
});
