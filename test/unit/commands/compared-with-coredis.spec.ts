import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findCommand } from '../../../lib/commands/command-table.js';

const { commands } = JSON.parse(
  readFileSync(
    new URL('../../../tools/commands/coredis.json', import.meta.url),
    'utf8',
  ),
) as { commands: [name: string, route: string, combine: string][] };

const specOf = (name: string) => findCommand(name.split(' '))?.spec;

describe('every command of coredis', () => {
  it('is known', () => {
    expect(commands.length).toBeGreaterThan(500);
    const unknown = commands.filter(([name]) => specOf(name) === undefined);
    expect(unknown).toEqual([]);
  });

  it('that raises in a cluster there goes somewhere here, or says what to use', () => {
    const raising = commands.filter(([, route]) => route === 'NONE');
    // with the 17 of Sentinels and one that coredis does not implement
    expect(raising).toHaveLength(96);
    const speechless = raising.filter(([name]) => {
      const refusal = specOf(name)?.refused;
      return (
        refusal !== undefined && !/; .*(use|name|give|by itself)/.test(refusal)
      );
    });
    expect(speechless).toEqual([]);
  });
});
