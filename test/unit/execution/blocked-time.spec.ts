import { describe, expect, it } from 'vitest';
import { commandSpec } from '../../../lib/commands/command-table.js';
import {
  blockingTimeoutMs,
  withBlockingTimeout,
} from '../../../lib/execution/calls/blocking.js';

describe('the time that a blocking command blocks, made another', () => {
  it.each([
    ['BLPOP', ['q1', 'q2', 5]],
    ['BZPOPMAX', ['z', '2.5']],
    ['BLMOVE', ['a', 'b', 'LEFT', 'RIGHT', 1]],
    ['BLMPOP', [5, 1, 'q', 'LEFT']],
    ['BZMPOP', ['0.5', 1, 'z', 'MIN']],
    ['XREAD', ['COUNT', 1, 'BLOCK', 500, 'STREAMS', 'BLOCK', '$']],
    ['XREADGROUP', ['GROUP', 'BLOCK', 'c', 'block', 9, 'STREAMS', 's', '>']],
  ] as const)('%s %j has it at its place, and nothing else', (name, args) => {
    const spec = commandSpec(name);
    const changed = withBlockingTimeout(spec, args, 1_234);
    expect(blockingTimeoutMs(spec, changed)).toBe(1_234);
    const places = args.flatMap((word, n) => (word === changed[n] ? [] : [n]));
    expect(places).toHaveLength(1);
    expect(changed).toHaveLength(args.length);
  });

  it('leaves a command alone whose time is not known', () => {
    const args = ['key', 'BLOCK', 5] as const;
    expect(withBlockingTimeout(commandSpec('GET'), args, 1)).toBe(args);
  });
});
