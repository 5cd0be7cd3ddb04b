import type { Subscribable } from 'rxjs';
import { CredentialsRotation } from '../connection/credentials-rotation.js';
import { CredentialsStream } from '../connection/credentials-stream.js';
import type { Credentials } from '../options/client-options.js';
import { inRootContext } from '../replication/root-context.js';
import type { ClusterEvent } from './cluster-events.js';

/** A client's credentials that come as a stream, on their way to its connections. */
export class StreamedCredentials {
  readonly rotation: CredentialsRotation;
  private readonly stream: CredentialsStream;

  constructor(
    source: Subscribable<unknown>,
    emit: (event: ClusterEvent) => void,
  ) {
    this.rotation = new CredentialsRotation({
      rotated: (connections) =>
        emit({ type: 'credentialsRotated', connections }),
      refused: (node, cause) =>
        emit({ type: 'credentialsRefused', node, cause }),
    });
    this.stream = new CredentialsStream(source, {
      changed: (credentials) => this.rotation.rotate(credentials),
      failed: (cause) => emit({ type: 'credentialsFailed', cause }),
    });
  }

  /** What a connection takes that is being made. */
  readonly current = (): Credentials | Promise<Credentials> =>
    this.stream.current();

  /** Resolves when there are some; subscribes to the stream. */
  begin(): Promise<unknown> {
    // it outlives the request whose call happens to connect the client
    return inRootContext(() => this.stream.begin());
  }

  close(): void {
    this.stream.close();
  }
}
