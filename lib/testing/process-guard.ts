import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Ends the servers of one folder once its own standard input ends.
 *
 * The folder is moved first: a server that is being spawned at that moment
 * either has its pid file in the folder already, or misses the file it just
 * wrote and does not start (see `SPAWN_SCRIPT`). So no server can slip through, and no
 * list of pids has to be kept up to date.
 *
 * A pid is ended only if it still is the process of its file: on Linux by the
 * working folder, elsewhere (no /proc) by the start time. The group is
 * ended, so that a child that writes a dump goes as well. SIGKILL also ends
 * what SIGSTOP froze.
 */
const GUARD_SCRIPT = `
trap '' HUP INT QUIT TERM
cat >/dev/null
mv "$1/run" "$1/gone" 2>/dev/null || exit 0
for file in "$1"/gone/*/pid; do
  read -r pid started 2>/dev/null <"$file" || continue
  if [ -d /proc/self ]; then
    [ "$(readlink "/proc/$pid/cwd" 2>/dev/null)" = "\${file%/pid}" ] || continue
  else
    [ "$(ps -o lstart= -p "$pid" 2>/dev/null)" = "$started" ] || continue
  fi
  kill -s KILL -- "-$pid" 2>/dev/null
done
tries=0
while rm -rf "$1" 2>/dev/null; [ -e "$1" ] && [ $tries -lt 250 ]; do
  tries=$((tries + 1))
  sleep 0.02
done
`;

/**
 * Runs "$@" in the working folder "$0" after writing down its pid. The second
 * test is the guard's counterpart: the file was complete while the folder was
 * still in its place.
 *
 * @internal
 */
export const SPAWN_SCRIPT = `
started=
[ -d /proc/self ] || started=$(ps -o lstart= -p $$)
echo "$$ $started" >"$0/pid" && [ -s "$0/pid" ] && exec "$@"
`;

/**
 * A process of its own that outlives this one just long enough to end the
 * servers and to remove their folder: it sees this process end, however it
 * ends, because its standard input is a pipe that only this process holds.
 *
 * @internal
 */
export class ProcessGuard {
  private readonly guard: ChildProcess;
  private readonly exited: Promise<void>;

  /** @param directory holds `run/<node>/pid` for each server */
  constructor(directory: string) {
    this.guard = spawn('/bin/sh', ['-c', GUARD_SCRIPT, 'sh', directory], {
      // a session of its own: the terminal's Ctrl-C must not end the guard
      detached: true,
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.exited = new Promise((resolve) => {
      this.guard.once('exit', () => resolve());
      this.guard.once('error', () => resolve());
    });
    this.guard.stdin?.on('error', () => undefined);
    // neither handle may keep this process alive
    this.guard.unref();
    (this.guard.stdin as { unref?: () => void } | null)?.unref?.();
  }

  get pid(): number | undefined {
    return this.guard.pid;
  }

  /** Resolves when the servers are ended and the folder is gone. */
  async sweep(): Promise<void> {
    this.guard.ref();
    this.guard.stdin?.end();
    await this.exited;
  }
}
