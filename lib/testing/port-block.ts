import {
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { writeFileSync } from 'node:fs';
import { realpathSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { ConfigurationError } from '../errors/configuration-error.js';
import { ProcessGuard } from './process-guard.js';

/** Ports of one cluster: as many nodes it can have in its life. @internal */
export const PORTS_PER_BLOCK = 50;

/** The cluster bus listens on the port plus this. @internal */
export const BUS_PORT_OFFSET = 10_000;

/**
 * Below the ephemeral range (32768 on Linux), where an outgoing connection
 * could sit on a node's port, and narrow enough that no port is another
 * block's bus port.
 */
const DEFAULT_RANGE = '10000-19999';

/** How old a claim without living owners must be before it is swept: it may be in the making. */
const STALE_AFTER_MS = 60_000;

/**
 * A run of ports that belongs to one cluster until its folder is removed.
 * The folder is the claim: making it is atomic between processes, and the
 * port of a killed node stays taken until the node is started again.
 *
 * @internal
 */
export interface PortBlock {
  /** The claim; `run/` in it holds the nodes' folders. */
  readonly directory: string;
  readonly firstPort: number;
}

/**
 * Claims a block whose first ports, and their bus ports, can be bound.
 *
 * @param host where the nodes will listen
 * @param nodes how many nodes start at once
 * @internal
 */
export async function claimPortBlock(
  host: string,
  nodes: number,
): Promise<PortBlock> {
  const root = join(
    realpathSync(tmpdir()),
    `nest-redis-cluster-${userInfo().uid}`,
  );
  mkdirSync(root, { recursive: true, mode: 0o700 });
  await sweepStaleClaims(root);
  for (const firstPort of blocksInRandomOrder()) {
    const directory = join(root, String(firstPort));
    if (!claim(directory)) continue;
    const ports = Array.from({ length: nodes }, (_, node) => firstPort + node);
    if (await allFree(host, ports)) {
      return { directory, firstPort };
    }
    releasePortBlock(directory);
  }
  throw new ConfigurationError(
    `No free block of ports on ${host}: each cluster takes ${PORTS_PER_BLOCK} ports; ${root} holds a folder for each one in use`,
  );
}

/** Notes who watches over a claim, for {@link claimPortBlock} of other processes. @internal */
export function signClaim(directory: string, guardPid: number): void {
  writeFileSync(join(directory, 'owners'), `${process.pid} ${guardPid}\n`);
}

/** Gives back a block in which no server was started. @internal */
export function releasePortBlock(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

function claim(directory: string): boolean {
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
  mkdirSync(join(directory, 'run'));
  return true;
}

function blocksInRandomOrder(): number[] {
  const range = process.env['NEST_REDIS_CLUSTER_PORTS'] ?? DEFAULT_RANGE;
  const [from = NaN, to = NaN] = range.split('-').map(Number);
  if (!(from >= 1024 && to <= 22_749 && to - from >= PORTS_PER_BLOCK - 1)) {
    throw new ConfigurationError(
      `NEST_REDIS_CLUSTER_PORTS must be FROM-TO, at least ${PORTS_PER_BLOCK} ports between 1024 and 22749; it is "${range}"`,
    );
  }
  const blocks: number[] = [];
  for (
    let port = from;
    port + PORTS_PER_BLOCK - 1 <= to;
    port += PORTS_PER_BLOCK
  ) {
    blocks.splice(Math.floor(Math.random() * (blocks.length + 1)), 0, port);
  }
  return blocks;
}

async function allFree(
  host: string,
  ports: readonly number[],
): Promise<boolean> {
  const free = await Promise.all(
    ports
      .flatMap((port) => [port, port + BUS_PORT_OFFSET])
      .map((port) => isFree(host, port)),
  );
  return free.every(Boolean);
}

/** Whether a server can be bound to the port now. @internal */
export function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE' || error.code === 'EACCES') {
        resolve(false);
      } else {
        reject(
          new ConfigurationError(`Cannot listen on ${host}: ${error.message}`, {
            cause: error,
          }),
        );
      }
    });
    probe.listen({ host, port, exclusive: true }, () => {
      probe.close(() => resolve(true));
    });
  });
}

/**
 * A claim outlives its cluster only where the guard itself was ended with
 * SIGKILL. What it left behind is ended here, the way the guard would have.
 */
async function sweepStaleClaims(root: string): Promise<void> {
  for (const name of readdirSync(root)) {
    const directory = join(root, name);
    if (isStale(directory)) await new ProcessGuard(directory).sweep();
  }
}

function isStale(directory: string): boolean {
  try {
    if (Date.now() - statSync(directory).mtimeMs < STALE_AFTER_MS) return false;
    const owners = readFileSync(join(directory, 'owners'), 'utf8');
    return !owners
      .trim()
      .split(' ')
      .some((pid) => isAlive(Number(pid)));
  } catch (error) {
    // no owners after a minute: the claiming process ended in between
    return (error as NodeJS.ErrnoException).path === join(directory, 'owners');
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
