import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A fenced block, with what the comments directly before it say. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
  /** The line of the document on which the text begins, from 1. */
  readonly line: number;
  /** `<!-- given: a, b -->` is `given` -> `a, b`. */
  readonly marks: ReadonlyMap<string, string>;
}

export interface Table {
  /** The cells of each row below the heading, as written. */
  readonly rows: readonly (readonly string[])[];
  readonly line: number;
  readonly marks: ReadonlyMap<string, string>;
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

/** One Markdown file of the repository's documentation. */
export class Document {
  readonly text: string;
  readonly blocks: readonly CodeBlock[];
  readonly tables: readonly Table[];
  readonly links: readonly Link[];
  /** What headings are linked to by, as GitHub makes it. */
  readonly anchors: ReadonlySet<string>;

  /** @param path from the root of the repository */
  constructor(readonly path: string) {
    this.text = readFileSync(join(ROOT, path), 'utf8');
    const parsed = parse(this.text);
    this.blocks = parsed.blocks;
    this.tables = parsed.tables;
    this.links = parsed.links;
    this.anchors = new Set(parsed.headings.map(anchorOf));
  }

  get folder(): string {
    return join(ROOT, dirname(this.path));
  }
}

/** The README, the changelog, and what lies in docs/ itself. */
export function documents(): Document[] {
  const guides = readdirSync(join(ROOT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`);
  return ['README.md', 'CHANGELOG.md', ...guides].map(
    (path) => new Document(path),
  );
}

/** The tables of all documents that carry a mark, such as `errors`. */
export function tablesMarked(mark: string): Table[] {
  return documents().flatMap(({ tables }) =>
    tables.filter(({ marks }) => marks.has(mark)),
  );
}

/** The first code span of a cell; empty where there is none. */
export function codeOf(cell: string | undefined): string {
  return /`([^`]*)`/.exec(cell ?? '')?.[1] ?? '';
}

function parse(text: string) {
  const blocks: CodeBlock[] = [];
  const tables: Table[] = [];
  const links: Link[] = [];
  const headings: string[] = [];
  const lines = text.split('\n');
  let marks = new Map<string, string>();
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!;
    const mark = /^<!-- ([^:]+?)(?:: (.*))? -->$/.exec(line);
    const fence = /^```(\w*)$/.exec(line);
    if (mark !== null) {
      marks.set(mark[1]!, mark[2] ?? '');
      continue;
    }
    if (line === '') continue;
    if (fence !== null) {
      const end = lines.indexOf('```', at + 1);
      blocks.push({
        language: fence[1]!,
        text: lines.slice(at + 1, end).join('\n'),
        line: at + 2,
        marks,
      });
      at = end;
    } else if (line.startsWith('|')) {
      let end = at;
      while (lines[end]?.startsWith('|') === true) end += 1;
      const body = lines.slice(at, end);
      body.forEach((row, index) => links.push(...linksOf(row, at + index)));
      tables.push({ rows: body.slice(2).map(cellsOf), line: at + 1, marks });
      at = end - 1;
    } else {
      const heading = /^#+ (.*)$/.exec(line);
      if (heading !== null) headings.push(heading[1]!);
      links.push(...linksOf(line, at));
    }
    marks = new Map();
  }
  return { blocks, tables, links, headings };
}

function cellsOf(row: string): string[] {
  return row
    .slice(1, -1)
    .split(/(?<!\\)\|/)
    .map((cell) => cell.trim());
}

function linksOf(line: string, index: number): Link[] {
  const plain = line.replaceAll(/`[^`]*`/g, '');
  return [...plain.matchAll(/\[[^\]]*\]\(([^)]+)\)/g)].map(([, target]) => ({
    target: target!,
    line: index + 1,
  }));
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{Letter}\p{Number} _-]/gu, '')
    .replaceAll(' ', '-');
}
