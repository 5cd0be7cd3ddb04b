import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One client in a process of its own, so that none pays for another's garbage. */
export class ClientProcess {
  #child;
  #waiting = new Map();
  #nextId = 1;

  constructor(name) {
    this.name = name;
    this.#child = fork(
      fileURLToPath(new URL('./worker.mjs', import.meta.url)),
      [name],
      {
        execArgv: ['--expose-gc'],
        env: { ...process.env, NODE_ENV: 'production' },
      },
    );
    this.#child.on('message', ({ id, value, error }) => {
      const { resolve, reject } = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (error) reject(new Error(`${name}: ${error}`));
      else resolve(value);
    });
    this.#child.on('exit', (code, signal) => {
      for (const { reject } of this.#waiting.values()) {
        reject(new Error(`${name}: its process ended (${signal ?? code})`));
      }
      this.#waiting.clear();
    });
  }

  /** Asks the process for something (the requests of worker.mjs). */
  ask(request, details = {}) {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#child.send({ id, request, ...details }, (error) => {
        if (error && this.#waiting.delete(id)) reject(error);
      });
    });
  }

  /** Ends the process. */
  end() {
    this.#child.kill('SIGKILL');
  }
}
