// The library's own parser of signatures and its list of refused commands, so
// that the generator and the library cannot differ.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

async function libraryModule(file) {
  const source = readFileSync(
    new URL(`../../lib/commands/${file}`, import.meta.url),
    'utf8',
  );
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { module: 'esnext', target: 'es2023' },
  });
  return import(`data:text/javascript,${encodeURIComponent(outputText)}`);
}

export const { methodNameOf, parseSignature } =
  await libraryModule('signature.ts');
export const { actsOnOneNode, refusedNames } = await libraryModule(
  'refused-commands.ts',
);
