import { readdirSync, readFileSync } from 'node:fs';
import ts from 'typescript';

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

/** What the type parameters in sight stand for. */
type Scope = ReadonlyMap<string, Bound>;

interface Bound {
  readonly node: ts.TypeNode;
  readonly scope: Scope;
}

const declarations = new Map<string, Declaration>();
const repliesFolder = new URL('../../lib/commands/replies/', import.meta.url);
for (const file of readdirSync(repliesFolder)) {
  const text = readFileSync(new URL(file, repliesFolder), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  for (const statement of source.statements) {
    if (
      ts.isInterfaceDeclaration(statement) ||
      ts.isTypeAliasDeclaration(statement)
    ) {
      declarations.set(statement.name.text, statement);
    }
  }
}

function typeNode(text: string): ts.TypeNode {
  const source = ts.createSourceFile(
    'type.ts',
    `type It = ${text};`,
    ts.ScriptTarget.Latest,
  );
  return (source.statements[0] as ts.TypeAliasDeclaration).type;
}

/**
 * Whether a value is of a type as the table of replies writes it. Fields that a
 * type does not name are allowed: newer servers tell more.
 *
 * @param type such as `ScoredMember<Text>[] | null`
 * @param parameters what its parameters stand for, such as `{ Text: 'Buffer' }`
 * @returns where and how it differs; undefined if it does not
 */
export function mismatch(
  type: string,
  value: unknown,
  parameters: Readonly<Record<string, string>>,
): string | undefined {
  const scope = new Map(
    Object.entries(parameters).map(([name, text]): [string, Bound] => [
      name,
      { node: typeNode(text), scope: new Map() },
    ]),
  );
  return check(typeNode(type), value, scope, 'reply');
}

const KEYWORDS: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.StringKeyword]: 'string',
  [ts.SyntaxKind.NumberKeyword]: 'number',
};

function check(
  node: ts.TypeNode,
  value: unknown,
  scope: Scope,
  path: string,
): string | undefined {
  const fail = (expected: string): string =>
    `${path}: expected ${expected}, got ${show(value)}`;
  const keyword = KEYWORDS[node.kind];
  if (keyword !== undefined) {
    return typeof value === keyword ? undefined : fail(keyword);
  }
  if (node.kind === ts.SyntaxKind.UnknownKeyword) return undefined;
  if (ts.isLiteralTypeNode(node)) return checkLiteral(node, value, fail);
  if (ts.isParenthesizedTypeNode(node) || ts.isTypeOperatorNode(node)) {
    return check(node.type, value, scope, path);
  }
  if (ts.isNamedTupleMember(node)) return check(node.type, value, scope, path);
  if (ts.isUnionTypeNode(node)) {
    const failures = node.types.map((one) => check(one, value, scope, path));
    return failures.includes(undefined) ? undefined : failures.join(' / ');
  }
  if (ts.isArrayTypeNode(node)) {
    if (!Array.isArray(value)) return fail('an array');
    return firstOf(value, (element, index) =>
      check(node.elementType, element, scope, `${path}[${index}]`),
    );
  }
  if (ts.isTupleTypeNode(node)) {
    if (!Array.isArray(value) || value.length !== node.elements.length) {
      return fail(`${node.elements.length} elements`);
    }
    return firstOf(node.elements, (element, index) =>
      check(element, value[index], scope, `${path}[${index}]`),
    );
  }
  if (ts.isTypeLiteralNode(node)) {
    return checkMembers(node.members, value, scope, path);
  }
  if (ts.isTypeReferenceNode(node)) {
    return checkReference(node, value, scope, path);
  }
  throw new Error(`No check for a ${ts.SyntaxKind[node.kind]}`);
}

function checkLiteral(
  { literal }: ts.LiteralTypeNode,
  value: unknown,
  fail: (expected: string) => string,
): string | undefined {
  if (literal.kind === ts.SyntaxKind.NullKeyword) {
    return value === null ? undefined : fail('null');
  }
  const { text } = literal as ts.StringLiteral;
  return value === text ? undefined : fail(JSON.stringify(text));
}

function checkReference(
  node: ts.TypeReferenceNode,
  value: unknown,
  scope: Scope,
  path: string,
): string | undefined {
  const name = (node.typeName as ts.Identifier).text;
  const given = node.typeArguments ?? [];
  const bound = scope.get(name);
  if (bound !== undefined) return check(bound.node, value, bound.scope, path);
  if (name === 'Buffer') {
    return Buffer.isBuffer(value)
      ? undefined
      : `${path}: expected a Buffer, got ${show(value)}`;
  }
  if (name === 'Record') return checkRecord(given[1]!, value, scope, path);
  if (name === 'PerNode') return checkPerNode(given[0]!, value, scope, path);
  const declaration = declarations.get(name);
  if (declaration === undefined) throw new Error(`No type ${name}`);
  const inner = new Map<string, Bound>();
  for (const [index, parameter] of (
    declaration.typeParameters ?? ts.factory.createNodeArray()
  ).entries()) {
    const argument = given[index];
    inner.set(
      parameter.name.text,
      argument === undefined
        ? { node: parameter.default!, scope: new Map() }
        : { node: argument, scope },
    );
  }
  if (ts.isTypeAliasDeclaration(declaration)) {
    return check(declaration.type, value, inner, path);
  }
  for (const clause of declaration.heritageClauses ?? []) {
    for (const { expression, typeArguments } of clause.types) {
      const base = ts.factory.createTypeReferenceNode(
        (expression as ts.Identifier).text,
        typeArguments,
      );
      const failure = checkReference(base, value, inner, path);
      if (failure !== undefined) return failure;
    }
  }
  return checkMembers(declaration.members, value, inner, path);
}

function checkRecord(
  item: ts.TypeNode,
  value: unknown,
  scope: Scope,
  path: string,
): string | undefined {
  if (!isPlainObject(value) || Object.getPrototypeOf(value) !== null) {
    return `${path}: expected an object without prototype, got ${show(value)}`;
  }
  return firstOf(Object.entries(value), ([name, one]) =>
    check(item, one, scope, `${path}.${name}`),
  );
}

/** On the cluster: a reply of at least one node, by `host:port`. */
function checkPerNode(
  item: ts.TypeNode,
  value: unknown,
  scope: Scope,
  path: string,
): string | undefined {
  const nodes = isPlainObject(value) ? Object.keys(value) : [];
  if (nodes.length === 0 || !nodes.every((node) => /:\d+$/.test(node))) {
    return `${path}: expected a reply per node, got ${show(value)}`;
  }
  return checkRecord(item, value, scope, path);
}

function checkMembers(
  members: ts.NodeArray<ts.TypeElement>,
  value: unknown,
  scope: Scope,
  path: string,
): string | undefined {
  if (!isPlainObject(value)) {
    return `${path}: expected an object, got ${show(value)}`;
  }
  return firstOf(members.filter(ts.isPropertySignature), (member) => {
    const name = (member.name as ts.Identifier).text;
    const field = (value as Record<string, unknown>)[name];
    if (field === undefined && member.questionToken !== undefined) {
      return undefined;
    }
    return check(member.type!, field, scope, `${path}.${name}`);
  });
}

function firstOf<Item>(
  items: Iterable<Item>,
  failureOf: (item: Item, index: number) => string | undefined,
): string | undefined {
  let index = 0;
  for (const item of items) {
    const failure = failureOf(item, index);
    if (failure !== undefined) return failure;
    index += 1;
  }
  return undefined;
}

const isPlainObject = (value: unknown): value is object =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !Buffer.isBuffer(value);

const show = (value: unknown): string =>
  Buffer.isBuffer(value)
    ? `a Buffer of ${value.length} bytes`
    : `${typeof value} ${JSON.stringify(value)?.slice(0, 200)}`;

/** What of a value both protocols must give alike: names and kinds, not data. */
export function shapeOf(value: unknown): unknown {
  if (value === null) return 'null';
  if (Buffer.isBuffer(value)) return 'Buffer';
  if (Array.isArray(value)) {
    const shapes = value.map((element) => JSON.stringify(shapeOf(element)));
    // a list within that happens to be empty says nothing
    return [...new Set(shapes)].filter((shape) => shape !== '[]').toSorted();
  }
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(
    Object.entries(value)
      // numbers as names are data: buckets of a histogram
      .map(([name, field]) => [/^\d+$/.test(name) ? '#' : name, shapeOf(field)])
      .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1)),
  );
}
