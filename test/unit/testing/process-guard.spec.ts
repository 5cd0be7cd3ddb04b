import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProcessGuard } from '../../../lib/testing/process-guard.js';
import { ServerProcess } from '../../../lib/testing/server-process.js';
import { becomesTrue, processState } from '../../support/processes.js';

describe('ProcessGuard', () => {
  let folder: string;
  let bystander: ChildProcess | undefined;
  const node = (name: string): string => {
    const path = join(folder, 'run', name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'process-guard-'));
  });
  afterEach(() => {
    bystander?.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });

  it('ends running and frozen servers with the children they forked, and removes the folder', async () => {
    const guard = new ProcessGuard(folder);
    const one = new ServerProcess(['sleep', '60'], node('0'));
    const two = new ServerProcess(
      ['sh', '-c', 'sleep 60 & echo $!; wait'],
      node('1'),
    );
    expect(await becomesTrue(() => /^\d+$/.test(two.lastLines))).toBe(true);
    const child = Number(two.lastLines);
    await one.freeze();
    expect(processState(one.pid)).toBe('T');

    await guard.sweep();
    await Promise.all([one.untilExit(), two.untilExit()]);
    expect(await becomesTrue(() => processState(child) === undefined)).toBe(
      true,
    );
    expect(existsSync(folder)).toBe(false);
  });

  it("leaves alone a process that has got an ended server's pid", async () => {
    bystander = spawn('sleep', ['60'], { detached: true });
    writeFileSync(join(node('0'), 'pid'), `${bystander.pid} \n`);
    await new ProcessGuard(folder).sweep();
    expect(existsSync(folder)).toBe(false);
    // asleep once it has started; undefined for ever if it was ended
    expect(
      await becomesTrue(() => processState(bystander?.pid ?? 0) === 'S'),
    ).toBe(true);
  });

  it('does not let a server start that comes too late for it', async () => {
    const guard = new ProcessGuard(folder);
    const late = node('0');
    const keepsAlive = new ServerProcess(
      // its folder goes away before it has written its pid
      ['sh', '-c', 'sleep 60'],
      late,
    );
    await guard.sweep();
    await keepsAlive.untilExit();
    expect(processState(keepsAlive.pid)).toBeUndefined();
  });
});
