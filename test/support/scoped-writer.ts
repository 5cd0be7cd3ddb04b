import { RidesUnderWay } from '../../lib/replication/barrier/another-look.js';
import type { PrimaryAccess } from '../../lib/replication/barrier/primary-access.js';
import { PrimaryReplication } from '../../lib/replication/barrier/primary-replication.js';
import { ReplicationScope } from '../../lib/replication/scope/replication-scope.js';
import { ReplyError } from '../../lib/errors/reply-error.js';
import { keySlot } from '../../lib/routing/key-slot.js';
import { RawConnection, type RawAddress } from './raw-connection.js';

/**
 * The least of an execution layer: writes to one primary over connections of
 * its own, and enlists them in the ambient replication scope as the real one
 * does.
 */
export class ScopedWriter {
  readonly replication: PrimaryReplication;
  /** The barrier connections opened so far. */
  readonly barriers: RawConnection[] = [];

  private constructor(
    readonly connection: RawConnection,
    /** One that has the rights of `user`. */
    readonly limitedConnection: RawConnection,
    access: Omit<PrimaryAccess, 'openBarrierConnection'>,
    private readonly server: RawAddress,
    private readonly user: readonly string[],
  ) {
    this.replication = new PrimaryReplication({
      ...access,
      configuredReplicas: () => access.configuredReplicas(),
      openBarrierConnection: async () => {
        const barrier = await RawConnection.open(this.server, this.user);
        this.barriers.push(barrier);
        return barrier;
      },
    });
  }

  static async open(
    server: RawAddress,
    {
      replicas = 1,
      client = {},
      user = [],
    }: {
      replicas?: number;
      client?: object;
      user?: readonly string[];
    } = {},
  ): Promise<ScopedWriter> {
    return new ScopedWriter(
      await RawConnection.open(server),
      await RawConnection.open(server, user),
      {
        address: `${server.host}:${server.port}`,
        client,
        rides: new RidesUnderWay(),
        // names that no server has: counted, not told apart
        configuredReplicas: () =>
          Array.from({ length: replicas }, (_, nth) => `replica-${nth}:1`),
        isMember: () => false,
        ownerOf: () => undefined,
        doubt: () => undefined,
        redirected: () => undefined,
      },
      server,
      user,
    );
  }

  /** Runs `NAME key ...` on the shared connection, or another one. */
  async write(
    [name, key, ...rest]: readonly [string, string, ...(string | number)[]],
    connection: RawConnection = this.connection,
    asking = false,
  ): Promise<unknown> {
    const scope = ReplicationScope.current(this.replication.client);
    const record = scope?.began(
      this.replication,
      keySlot(key),
      key,
      this.replication.identify(connection),
      asking,
      connection === this.connection || connection === this.limitedConnection
        ? connection
        : undefined,
    );
    try {
      if (asking) connection.send(['ASKING']).catch(() => undefined);
      const reply = await connection.send([name, key, ...rest]);
      record?.applied();
      return reply;
    } catch (error) {
      if (error instanceof ReplyError) record?.rejected();
      else {
        record?.unknown();
        this.replication.forget();
      }
      throw error;
    }
  }

  close(): void {
    this.replication.close();
    this.connection.destroy();
    this.limitedConnection.destroy();
  }
}
