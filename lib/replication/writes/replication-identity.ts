import { ReplyError } from '../../errors/reply-error.js';
import type { WriteConnection } from './write-connection.js';
import { parseReplicationInfo } from './replication-info.js';

/**
 * The history of writes that a primary was in when a write was issued, named
 * by its replication id. Read at or before the write; the id never comes back
 * once it has changed, so the same id after the barrier means that the primary
 * was neither demoted nor restarted in between.
 *
 * @internal
 */
export class ReplicationIdentity {
  /** Undefined until the primary has answered. */
  replicationId: string | undefined;
  /** Why the id will never be known. */
  failure: string | undefined;
  /** The server does not show it, by its rights or its nature; another attempt would not either. */
  hidden = false;
  /** The histories of writes that all ran in this one. */
  readonly alone: readonly ReplicationIdentity[] = [this];
  #asked: WriteConnection | undefined;

  /** An id that the primary has just shown. */
  static known(replicationId: string): ReplicationIdentity {
    const identity = new ReplicationIdentity();
    identity.replicationId = replicationId;
    return identity;
  }

  /** Asks on the connection that the write will ride on, directly ahead of it. */
  static ask(connection: WriteConnection): ReplicationIdentity {
    const identity = new ReplicationIdentity();
    identity.#asked = connection;
    connection.send(['INFO', 'replication']).then(
      (reply) => identity.#answered(reply),
      (error: unknown) => {
        identity.hidden = error instanceof ReplyError;
        identity.#failed((error as Error).message);
      },
    );
    return identity;
  }

  /**
   * Whether a write that is issued on this connection now runs at or after the
   * reading. While the reply is outstanding that is so only on the connection
   * it was asked on: another one may overtake it.
   */
  precedes(connection: WriteConnection): boolean {
    if (this.replicationId !== undefined || this.hidden) return true;
    return this.failure === undefined && this.#asked === connection;
  }

  #answered(reply: unknown): void {
    const info = parseReplicationInfo(reply);
    if (info === undefined) {
      this.hidden = true;
      this.#failed('the server shows no replication id');
    }
    // a replica shows its primary's id: it would be wrong after a promotion
    else if (!info.primary) this.#failed('the node was not a primary');
    else this.replicationId = info.replicationId;
    this.#asked = undefined;
  }

  #failed(reason: string): void {
    this.failure = reason;
    this.#asked = undefined;
  }
}
