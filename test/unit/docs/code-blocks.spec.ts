import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import {
  documents,
  ROOT,
  type CodeBlock,
  type Document,
} from '../../support/documents.js';
import { PREAMBLES } from './preambles.js';

/** A block as a module of its own, beside the tests: imports resolve from there. */
interface Module {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  /** How many lines stand before the block's own. */
  readonly offset: number;
  readonly block: CodeBlock;
}

const modules = documents().flatMap((document) =>
  document.blocks.flatMap((block) => moduleOf(document, block) ?? []),
);
/** What the check has to find. */
const wrong = moduleOf(
  { path: 'wrong.md' },
  {
    language: 'ts',
    line: 1,
    marks: new Map([['given', 'client']]),
    text: "await client.mget('a').then((all: number[]) => all);",
  },
)!;
const problems = typeCheck([...modules, wrong]);

describe('the code of the documentation', () => {
  it('is there', () => {
    expect(modules.length).toBeGreaterThan(8);
  });

  it.each(modules.map(({ name, file }) => [name, file]))(
    '%s fits the types of the library',
    (_, file) => {
      expect(problems.get(file) ?? []).toEqual([]);
    },
  );

  it('would be refused where it does not fit', () => {
    expect(problems.get(wrong.file)).toEqual([
      expect.stringMatching(/^wrong\.md:1: Argument of type/),
    ]);
  });

  it('names only languages that are checked or cannot be', () => {
    const languages = documents().flatMap(({ blocks }) =>
      blocks.map(({ language }) => language),
    );
    expect(new Set(languages)).toEqual(new Set(['ts', 'json', 'sh', 'text']));
  });

  it('has a type for every JSON', () => {
    const untyped = documents().flatMap(({ path, blocks }) =>
      blocks
        .filter(
          ({ language, marks }) => language === 'json' && !marks.has('is'),
        )
        .map(({ line }) => `${path}:${line}`),
    );
    expect(untyped).toEqual([]);
  });
});

function moduleOf(
  { path }: Pick<Document, 'path'>,
  block: CodeBlock,
): Module | undefined {
  const before = textBefore(block);
  if (before === undefined) return undefined;
  const after =
    block.language === 'json' ? `\n) satisfies ${block.marks.get('is')};` : '';
  return {
    name: `${path}:${block.line}`,
    file: join(
      ROOT,
      'test/unit/docs',
      `${path.replaceAll(/\W/g, '-')}-${block.line}.ts`,
    ),
    text: `${before}\n${block.text}${after}\nexport {};\n`,
    offset: before.split('\n').length,
    block,
  };
}

function textBefore({ language, marks }: CodeBlock): string | undefined {
  if (language === 'json' && marks.has('is')) {
    return "import type { RedisClusterHealthResult, ShardHealth } from 'nest-redis-cluster';\n(";
  }
  if (language !== 'ts') return undefined;
  const given = marks.get('given')?.split(', ') ?? [];
  return given
    .map((name) => {
      const preamble = PREAMBLES[name];
      if (preamble === undefined) throw new Error(`given: ${name} is unknown`);
      return preamble;
    })
    .join('\n');
}

/** The compiler's messages, by file, with the lines of the document. */
function typeCheck(checked: readonly Module[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (file) =>
    ts.sys.readFile(file),
  );
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const byFile = new Map(checked.map((module) => [module.file, module]));
  const compiler: ts.CompilerOptions = {
    ...options,
    noEmit: true,
    // an excerpt need not use all that it shows, or that is given
    noUnusedLocals: false,
  };
  const host = ts.createCompilerHost(compiler);
  const { fileExists, readFile } = host;
  host.fileExists = (file) => byFile.has(file) || fileExists(file);
  host.readFile = (file) => byFile.get(file)?.text ?? readFile(file);
  const program = ts.createProgram([...byFile.keys()], compiler, host);
  const found = new Map<string, string[]>();
  for (const { file, name, offset, block } of checked) {
    const source = program.getSourceFile(file)!;
    const messages = ts
      .getPreEmitDiagnostics(program, source)
      .map(({ messageText, start = 0 }) => {
        const line = source.getLineAndCharacterOfPosition(start).line;
        const place = `${name.split(':')[0]}:${line - offset + block.line}`;
        return `${place}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      });
    found.set(file, messages);
  }
  return found;
}
