import type { Credentials } from '../options/client-options.js';
import { Login, type LoginConnection, type LoginRotation } from './login.js';

/** Hears how a change of credentials goes on. */
export interface RotationWatcher {
  /** All connections that are open have the newest credentials. */
  rotated(connections: number): void;
  /** A node refuses the newest credentials on a connection that is open. Told once for each node and change. */
  refused(node: string, cause: Error): void;
}

/**
 * The newest credentials of a client, and the connections that are open by
 * them or have to change to them.
 *
 * @internal
 */
export class CredentialsRotation implements LoginRotation {
  newest: Credentials | undefined = undefined;
  private readonly logins = new Set<Login>();
  /** Those that are not known to have the newest. */
  private readonly outdated = new Set<Login>();
  private readonly refusedBy = new Set<string>();
  /** Whether the watcher has still to be told that all have the newest. */
  private owed = false;

  constructor(private readonly watcher: RotationWatcher) {}

  /** Has every open connection authenticate anew. */
  rotate(credentials: Credentials): void {
    this.owed = this.newest !== undefined;
    this.newest = credentials;
    this.refusedBy.clear();
    for (const login of this.logins) {
      this.outdated.add(login);
      login.renew();
    }
    this.tellIfDone();
  }

  /** A connection is ready, by credentials that may be the newest no more. */
  join(connection: LoginConnection, credentials: Credentials): Login {
    const login = new Login(connection, credentials, this);
    this.logins.add(login);
    if (credentials !== this.newest) this.outdated.add(login);
    return login;
  }

  renewed(login: Login): void {
    this.outdated.delete(login);
    this.tellIfDone();
  }

  refused(node: string, cause: Error): void {
    if (this.refusedBy.has(node)) return;
    this.refusedBy.add(node);
    this.watcher.refused(node, cause);
  }

  left(login: Login): void {
    this.logins.delete(login);
    this.renewed(login);
  }

  private tellIfDone(): void {
    if (!this.owed || this.outdated.size > 0) return;
    this.owed = false;
    this.watcher.rotated(this.logins.size);
  }
}
