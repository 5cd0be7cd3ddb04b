import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../../support/documents.js';

/** One property of an interface, with what its comment says of its default. */
export interface Member {
  readonly name: string;
  readonly optional: boolean;
  /** The text of `@default`, without what is said behind the value. */
  readonly default: string | undefined;
}

export function parseSource(path: string): ts.SourceFile {
  return ts.createSourceFile(
    path,
    readFileSync(join(ROOT, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
}

/** The properties that an interface itself declares, in its order. */
export function membersOf(path: string, interfaceName: string): Member[] {
  const declaration = parseSource(path).statements.find(
    (statement): statement is ts.InterfaceDeclaration =>
      ts.isInterfaceDeclaration(statement) &&
      statement.name.text === interfaceName,
  );
  if (declaration === undefined) {
    throw new Error(`${path} has no interface ${interfaceName}`);
  }
  return declaration.members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    optional: member.questionToken !== undefined,
    default: defaultOf(member),
  }));
}

function defaultOf(member: ts.PropertySignature): string | undefined {
  const tag = ts
    .getJSDocTags(member)
    .find(({ tagName }) => tagName.text === 'default');
  return tag && ts.getTextOfJSDocComment(tag.comment)?.trim();
}
