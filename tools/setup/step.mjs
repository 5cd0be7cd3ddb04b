import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, with a trailing slash. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Something is missing that a person has to provide; `advice` says what. */
export class SetupError extends Error {
  constructor(message, advice) {
    super(message);
    this.advice = advice;
  }
}

const begun = performance.now();

/**
 * Runs one step and shows it as one line with its time. What `work` resolves
 * to is returned; a string given to `note` stands at the line's end.
 */
export async function step(title, work) {
  const started = performance.now();
  process.stdout.write(`[${seconds(begun)}] ${title} ... `);
  let remark = '';
  try {
    const value = await work((text) => {
      remark = ` (${text})`;
    });
    process.stdout.write(`${seconds(started)}${remark}\n`);
    return value;
  } catch (error) {
    process.stdout.write(`failed after ${seconds(started)}\n`);
    throw error;
  }
}

/**
 * Runs a program to its end and resolves to its output; where it fails, rejects
 * with a `SetupError` that ends with what the program said.
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options,
    });
    let output = '';
    const collect = (chunk) => {
      output += chunk;
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) =>
      reject(
        new SetupError(`${program} cannot be started: ${error.message}`, ''),
      ),
    );
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(output);
      const failure = new SetupError(
        `${[program, ...args].join(' ')} ended with ${signal ?? `exit code ${code}`}\n${lastLines(output)}`,
        '',
      );
      failure.output = output;
      reject(failure);
    });
  });
}

/** Prints why the set-up cannot go on, and ends the process. */
export function endWith(error) {
  if (error instanceof SetupError) {
    console.error(`\n${error.message}`);
    if (error.advice) console.error(`\n${error.advice}`);
  } else {
    console.error(error);
  }
  process.exit(1);
}

function lastLines(text) {
  return text.trimEnd().split('\n').slice(-25).join('\n');
}

function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
