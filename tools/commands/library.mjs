// The library's own modules, so that the generator and the library cannot
// differ: compiled as they are, without a build.
import { readFileSync } from 'node:fs';
import ts from 'typescript';

const compiled = new Map();

/** A module of lib/commands, with what it imports from there, as a data URL. */
function moduleUrl(file) {
  const known = compiled.get(file);
  if (known !== undefined) return known;
  const source = readFileSync(
    new URL(`../../lib/commands/${file}`, import.meta.url),
    'utf8',
  );
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: {
      module: 'esnext',
      target: 'es2023',
      // imports of types are none at run time
      verbatimModuleSyntax: true,
    },
  });
  const linked = outputText.replaceAll(
    /from '\.\/([^']+)\.js'/g,
    (_import, name) => `from '${moduleUrl(`${name}.ts`)}'`,
  );
  const url = `data:text/javascript,${encodeURIComponent(linked).replaceAll("'", '%27')}`;
  compiled.set(file, url);
  return url;
}

export const { methodNameOf, parseSignature } = await import(
  moduleUrl('signature.ts')
);
export const { actsOnOneNode, refusalOf, refusedNames } = await import(
  moduleUrl('refused-commands.ts')
);
export const { overrideOf } = await import(moduleUrl('overrides.ts'));
