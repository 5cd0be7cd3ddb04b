import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigurationError } from '../errors/configuration-error.js';
import { makeAccessControl, type AccessControl } from './access-control.js';
import type { AdminAddress } from './admin-connection.js';
import type { Settings } from './local-redis-cluster-options.js';
import { LocalRedisNode } from './local-redis-node.js';
import {
  claimPortBlock,
  isFree,
  BUS_PORT_OFFSET,
  PORTS_PER_BLOCK,
  releasePortBlock,
  signClaim,
  type PortBlock,
} from './port-block.js';
import { ProcessGuard } from './process-guard.js';
import { serverArguments } from './server-arguments.js';
import {
  findServerBinary,
  programUnderItsName,
  serverVersion,
  type ServerVersion,
} from './server-binary.js';
import {
  makeTlsCertificates,
  type TlsCertificates,
} from './tls-certificates.js';

/**
 * The servers of one cluster and what they share: program, ports, folder,
 * certificates, users, guard. Knows nothing of slots and roles.
 *
 * @internal
 */
export class ServerFleet {
  readonly nodes: LocalRedisNode[] = [];
  private nextIndex = 0;
  private readonly folders: string;

  private constructor(
    readonly settings: Settings,
    readonly version: ServerVersion,
    private readonly program: string,
    private readonly block: PortBlock,
    private readonly guard: ProcessGuard,
    private readonly access: AccessControl | undefined,
    readonly certificates: TlsCertificates | undefined,
  ) {
    this.folders = join(block.directory, 'run');
  }

  static async prepare(settings: Settings): Promise<ServerFleet> {
    const { log } = settings;
    const binary = await findServerBinary({ binary: settings.binary, log });
    const version = await serverVersion(binary);
    if (version.kind === 'redis' && version.major < 7) {
      throw new ConfigurationError(
        `${binary.path} is Redis ${version.version}; a local cluster needs 7.0 or later`,
      );
    }
    const block = await claimPortBlock(
      settings.host,
      settings.primaries * (1 + settings.replicas),
    );
    const guard = new ProcessGuard(block.directory);
    try {
      signClaim(block.directory, guard.pid ?? process.pid);
      const folders = join(block.directory, 'run');
      const certificates = settings.tls
        ? await makeTlsCertificates(
            join(folders, 'tls'),
            settings.announceHostnames,
          )
        : undefined;
      const access =
        settings.users === undefined
          ? undefined
          : makeAccessControl(settings.users);
      log(
        `${version.kind} ${version.version} on ${settings.host}, ports from ${block.firstPort}, files in ${block.directory}`,
      );
      return new ServerFleet(
        settings,
        version,
        programUnderItsName(binary, folders),
        block,
        guard,
        access,
        certificates,
      );
    } catch (error) {
      await guard.sweep();
      releasePortBlock(block.directory);
      throw error;
    }
  }

  /** Makes a node on the next free port, without starting it. */
  addNode(roleAtStart: LocalRedisNode['roleAtStart']): LocalRedisNode {
    const { host, announceHostnames, tls } = this.settings;
    const index = this.nextIndex;
    this.nextIndex += 1;
    const port = this.block.firstPort + index;
    if (index >= PORTS_PER_BLOCK) {
      throw new ConfigurationError(
        `A local cluster can have ${PORTS_PER_BLOCK} nodes in its life, the removed ones included`,
      );
    }
    const node = new LocalRedisNode({
      index,
      host,
      port,
      scheme: tls ? 'rediss' : 'redis',
      hostname:
        announceHostnames === undefined
          ? undefined
          : `node${index}${announceHostnames}`,
      roleAtStart,
      directory: join(this.folders, String(index)),
      admin: this.adminAddress(port),
    });
    mkdirSync(node.directory);
    if (this.access !== undefined) {
      writeFileSync(join(node.directory, 'users.acl'), this.access.file, {
        mode: 0o600,
      });
    }
    this.nodes.push(node);
    return node;
  }

  /** The credentials by which servers and admin connections reach a node. */
  adminAddress(port: number): AdminAddress {
    return {
      host: this.settings.host,
      port,
      ca: this.certificates?.ca,
      ...this.access?.admin,
    };
  }

  /** Starts the server of a node. @param forming with the settings that {@link serverArguments} has for a new cluster */
  launch(node: LocalRedisNode, forming = false): void {
    const args = serverArguments(
      node,
      this.settings,
      forming,
      this.access,
      this.certificates,
    );
    node.run([this.program, ...args]);
  }

  /** Ends all servers and removes their files. */
  async release(): Promise<void> {
    for (const node of this.nodes) node.closeConnection();
    await this.guard.sweep();
    // the guard has done so already, unless somebody ended it
    await Promise.all(this.nodes.map(async ({ server }) => server?.kill()));
    releasePortBlock(this.block.directory);
  }
}

/** Whether another program took a port between the claim and the start. @internal */
export async function lostItsPorts(fleet: ServerFleet): Promise<boolean> {
  const lost = await Promise.all(
    fleet.nodes
      .filter(({ state }) => state === 'ended')
      .flatMap(({ host, port }) => [
        isFree(host, port),
        isFree(host, port + BUS_PORT_OFFSET),
      ]),
  );
  return lost.includes(false);
}
