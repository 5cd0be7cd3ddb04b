import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SPAWN_SCRIPT } from './process-guard.js';
import { untilNoProblem } from './polling.js';

/**
 * One run of a server program, in a session of its own (the terminal's Ctrl-C
 * would otherwise end the servers before the application could drain).
 *
 * @internal
 */
export class ServerProcess {
  readonly pid: number;
  /** Resolves when the process is gone; keeps nothing alive. */
  readonly exited: Promise<void>;
  private readonly child: ChildProcess;
  private gone = false;
  private stopped = false;

  /**
   * @param command the program and its arguments
   * @param directory the working folder, the guard's proof of identity; takes `log` and `pid`
   */
  constructor(
    command: readonly string[],
    private readonly directory: string,
  ) {
    const log = openSync(join(directory, 'log'), 'a');
    try {
      this.child = spawn(
        '/bin/sh',
        ['-c', SPAWN_SCRIPT, directory, ...command],
        {
          cwd: directory,
          detached: true,
          stdio: ['ignore', log, log],
        },
      );
    } finally {
      closeSync(log);
    }
    this.exited = new Promise((resolve) => {
      const ended = (): void => {
        this.gone = true;
        resolve();
      };
      this.child.once('exit', ended);
      this.child.once('error', ended);
    });
    this.pid = this.child.pid ?? 0;
    this.child.unref();
  }

  get state(): 'running' | 'frozen' | 'ended' {
    if (this.gone) return 'ended';
    return this.stopped ? 'frozen' : 'running';
  }

  /** The last lines the server wrote, for errors. */
  get lastLines(): string {
    const log = readFileSync(join(this.directory, 'log'), 'utf8');
    return log.trimEnd().split('\n').slice(-5).join('\n');
  }

  /** Resolves when the process is gone, and keeps this one alive until then. */
  async untilExit(): Promise<void> {
    // unreferenced, the handle would let this process end while it waits
    if (!this.gone) this.child.ref();
    await this.exited;
  }

  /** SIGKILL for the process and for the children it forked to write dumps. */
  async kill(): Promise<void> {
    this.signal('SIGKILL', -this.pid);
    await this.untilExit();
  }

  /** SIGSTOP; resolves when the process does stand still. */
  async freeze(): Promise<void> {
    if (!this.signal('SIGSTOP')) return;
    this.stopped = true;
    await this.untilStandingStill(true);
  }

  /** SIGCONT; resolves when the process runs again. */
  async resume(): Promise<void> {
    this.stopped = false;
    if (this.signal('SIGCONT')) await this.untilStandingStill(false);
  }

  private signal(signal: NodeJS.Signals, target = this.pid): boolean {
    if (this.gone) return false;
    try {
      process.kill(target, signal);
      return true;
    } catch (error) {
      // it ended by itself and its exit was not reported yet
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
      throw error;
    }
  }

  private async untilStandingStill(wanted: boolean): Promise<void> {
    await untilNoProblem(
      async () => {
        const state = this.kernelState();
        const still = state === 'T' || state === 't';
        return state === undefined || still === wanted
          ? undefined
          : `process ${this.pid} is in state ${state}`;
      },
      60_000,
      1,
    );
  }

  /** The state letter of /proc/PID/stat; undefined where there is no /proc. */
  private kernelState(): string | undefined {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'latin1');
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch {
      return undefined;
    }
  }
}
