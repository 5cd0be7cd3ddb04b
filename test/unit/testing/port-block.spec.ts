import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  claimPortBlock,
  releasePortBlock,
  signClaim,
} from '../../../lib/testing/port-block.js';
import { becomesTrue, processState } from '../../support/processes.js';

const claim = (): ReturnType<typeof claimPortBlock> =>
  claimPortBlock('127.0.0.1', 2);

/** The last ports of blocks that clusters of other tests may have: those are the last they use. */
const TWO_BLOCKS = '13845-13944';
const ONE_BLOCK = '13845-13894';

describe('claimPortBlock', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'port-block-'));
    vi.stubEnv('TMPDIR', folder);
    vi.stubEnv('NEST_REDIS_CLUSTER_PORTS', TWO_BLOCKS);
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('gives each claim a block of its own, and a released one again', async () => {
    const blocks = [await claim(), await claim()];
    expect(blocks.map(({ firstPort }) => firstPort)).toHaveLength(2);
    expect(new Set(blocks.map(({ firstPort }) => firstPort))).toEqual(
      new Set([13_845, 13_895]),
    );
    await expect(claim()).rejects.toThrow('No free block of ports');
    const [released] = blocks;
    releasePortBlock(released?.directory ?? '');
    expect((await claim()).firstPort).toBe(released?.firstPort);
  });

  it.each([
    ['a port', 13_896],
    ['a bus port', 23_896],
  ])('passes over a block where %s is in use', async (_, port) => {
    const other = createServer().listen(port, '127.0.0.1');
    await once(other, 'listening');
    try {
      expect((await claim()).firstPort).toBe(13_845);
      await expect(claim()).rejects.toThrow('No free block of ports');
    } finally {
      other.close();
    }
  });

  it('ends what is left of a cluster whose guard was killed, and takes its block', async () => {
    vi.stubEnv('NEST_REDIS_CLUSTER_PORTS', ONE_BLOCK);
    const { directory } = await claim();
    const node = join(directory, 'run', '0');
    mkdirSync(node);
    const orphan = spawn('sleep', ['60'], { cwd: node, detached: true });
    writeFileSync(join(node, 'pid'), `${orphan.pid} \n`);
    // a process that ended: nobody has its pid now
    const owner = spawn('true');
    await once(owner, 'exit');
    writeFileSync(join(directory, 'owners'), `${owner.pid} ${owner.pid}\n`);
    const old = new Date(Date.now() - 120_000);
    utimesSync(directory, old, old);

    expect((await claim()).directory).toBe(directory);
    expect(
      await becomesTrue(() => processState(orphan.pid ?? 0) === undefined),
    ).toBe(true);
    expect(existsSync(node)).toBe(false);
  });

  it('leaves an old claim alone while its process lives', async () => {
    vi.stubEnv('NEST_REDIS_CLUSTER_PORTS', ONE_BLOCK);
    const { directory } = await claim();
    signClaim(directory, process.pid);
    const old = new Date(Date.now() - 120_000);
    utimesSync(directory, old, old);
    await expect(claim()).rejects.toThrow('No free block of ports');
    expect(existsSync(join(directory, 'run'))).toBe(true);
    expect(dirname(dirname(directory))).toBe(folder);
  });

  it.each(['', '13800', '13800-13810', '1-100', '60000-61000'])(
    'refuses the range "%s"',
    async (range) => {
      vi.stubEnv('NEST_REDIS_CLUSTER_PORTS', range);
      await expect(claim()).rejects.toThrow('NEST_REDIS_CLUSTER_PORTS must be');
    },
  );
});
