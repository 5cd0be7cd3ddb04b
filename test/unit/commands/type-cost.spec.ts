import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const path = (file: string): string =>
  fileURLToPath(new URL(`../../../${file}`, import.meta.url));

it('checking a file that calls 50 commands takes less than 100,000 type instantiations', () => {
  const consumer = path('test/support/consumer-of-50-commands.ts');
  const { config } = ts.readConfigFile(path('tsconfig.json'), (file) =>
    ts.sys.readFile(file),
  );
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, path('.'));
  const program = ts.createProgram([consumer], { ...options, noEmit: true });
  // this one file, as where declarations of libraries are not checked
  const source = program.getSourceFile(consumer)!;
  expect(program.getSemanticDiagnostics(source)).toEqual([]);
  const methods = new Set(source.text.match(/(?<=\bredis\.|\)\.)\w+(?=[(<])/g));
  expect(methods.size).toBeGreaterThanOrEqual(50);
  const instantiations = (
    program as ts.Program & { getInstantiationCount(): number }
  ).getInstantiationCount();
  expect(instantiations).toBeGreaterThan(0);
  expect(instantiations).toBeLessThan(100_000);
}, 120_000);
