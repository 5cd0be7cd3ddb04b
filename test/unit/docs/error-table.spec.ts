import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import * as library from '../../../lib/index.js';
import {
  codeOf,
  Document,
  ROOT,
  tablesMarked,
} from '../../support/documents.js';
import { parseSource } from './interface-members.js';

const [table] = tablesMarked('errors');

describe('the table of errors', () => {
  it('lists exactly the error classes that are exported', () => {
    const exported = Object.entries(library)
      .filter(([, value]) => isErrorClass(value))
      .map(([name]) => name);
    const listed = table!.rows.map(([name]) => codeOf(name));
    expect([...listed, 'RedisClusterError'].sort()).toEqual(exported.sort());
  });

  it('has the code of each', () => {
    const codes = new Map(
      [...errorFiles()].flatMap((file) => [...codesIn(file)]),
    );
    for (const [name, code] of table!.rows) {
      expect(codeOf(code), name).toBe(codes.get(codeOf(name)));
    }
  });

  it('says of each whether the command was executed', () => {
    for (const row of table!.rows) expect(row[3], row[0]).not.toBe('');
  });
});

describe('the reasons for an unproven replication', () => {
  const [reasons] = tablesMarked('reasons');
  const listed = reasons!.rows.map(([reason]) => codeOf(reason));
  const source = readdirSync(join(ROOT, 'lib/replication'), {
    encoding: 'utf8',
    recursive: true,
  })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(ROOT, 'lib/replication', name), 'utf8'))
    .join('\n');

  it.each(listed)('"%s" is one that the code gives', (reason) => {
    expect(source).toContain(reason);
  });

  it('are all listed', () => {
    // what a scope that wrote nothing is told, nobody hears
    const silent = new Set(['nothing was written', 'WAIT was not answered']);
    const given = [
      ...source.matchAll(/(?:notProven|refuse)\(\s*['`]([^'`$:]+)/g),
      ...source.matchAll(/return ['`]([^'`$:]+ [^'`$:]+)['`:]/g),
    ].map(([, text]) => text!.trim());
    expect(given.length).toBeGreaterThan(10);
    expect(
      given.filter((text) => !listed.includes(text) && !silent.has(text)),
    ).toEqual([]);
  });
});

describe('the errors that are retried', () => {
  it('are those of the code', () => {
    const { text } = new Document('docs/errors.md');
    const source = readFileSync(
      join(ROOT, 'lib/execution/calls/refusals.ts'),
      'utf8',
    );
    const retried = [...source.matchAll(/^ {4}([A-Z]+): RETRY/gm)].map(
      ([, word]) => word!,
    );
    expect(retried.length).toBeGreaterThan(3);
    for (const word of retried) expect(text).toContain(`\`${word}\``);
  });
});

function isErrorClass(value: unknown): boolean {
  return (
    typeof value === 'function' && (value.prototype as unknown) instanceof Error
  );
}

function* errorFiles(): Generator<string> {
  for (const name of readdirSync(join(ROOT, 'lib/errors'))) {
    yield `lib/errors/${name}`;
  }
  yield 'lib/protocol/protocol-error.ts';
}

/** Each class of a file with the value of its property `code`. */
function* codesIn(file: string): Generator<[name: string, code: string]> {
  for (const statement of parseSource(file).statements) {
    if (!ts.isClassDeclaration(statement)) continue;
    for (const member of statement.members) {
      if (
        ts.isPropertyDeclaration(member) &&
        member.name.getText() === 'code' &&
        member.initializer !== undefined &&
        ts.isStringLiteral(member.initializer)
      ) {
        yield [statement.name!.text, member.initializer.text];
      }
    }
  }
}
