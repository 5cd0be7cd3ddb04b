import { ReplyError } from '../errors/reply-error.js';
import type { Credentials } from '../options/client-options.js';
import { encodeWords } from '../protocol/encoded-words.js';
import { ErrorReply } from '../protocol/error-reply.js';
import { clock } from '../time/clock.js';
import { UnattendedRequest, type RequestSink } from './request.js';

const AUTH = encodeWords(['AUTH']);

/** The connection that is logged in, as its {@link Login} knows it. */
export interface LoginConnection {
  /** `host:port`. */
  readonly label: string;
  /** Undefined where the server does not say: before ACLs it could not. */
  readonly clientId: number | undefined;
  /** Something is {@link Login.due}. */
  loginDue(): void;
  /** What {@link Login.request} gave is there no more. */
  loginLeft(): void;
  /** The server refuses the newest credentials. */
  outdated(cause: Error): void;
}

/** The newest credentials of the client, and who has to change to them. */
export interface LoginRotation {
  /** Undefined until there are some. */
  readonly newest: Credentials | undefined;
  /** The server accepted the newest credentials. */
  renewed(login: Login): void;
  /** The server refuses the newest credentials. */
  refused(node: string, cause: Error): void;
  /** Its connection is closed. */
  left(login: Login): void;
}

/**
 * The user of one connection, which follows the newest credentials.
 *
 * AUTH is written when nothing is in flight, however long that takes (a
 * blocking command may take minutes), and ahead of all that is not written yet:
 * from 7.2 on Redis loses the reply of an AUTH that it refuses while others
 * are on their way to the client, and every later reply would meet the wrong
 * command (redis/redis#15640; measured on 8.6). Between MULTI and EXEC, which
 * are one request, it therefore cannot come either: there it would be queued,
 * and change the user of the commands behind it. Between WATCH and EXEC the
 * watch would last, but the transaction would run as another user than the
 * reads it rests on: {@link keep} has it wait.
 *
 * One AUTH at a time: it takes what is newest when it is written, and where
 * there are other credentials when it is answered, another one follows. A
 * refusal of credentials that are not the newest is therefore no news.
 *
 * A server that refuses AUTH goes on with the user of before (Redis 7.0, 8.6,
 * Valkey 9). That is a user whom the application has replaced: what is written
 * has its replies, and then the connection gives way to another, which is
 * refused as well until the server accepts the credentials or there are others.
 *
 * @internal
 */
export class Login {
  /** Stands for the user of what is written now; see `Carrier`. */
  user: object = {};
  /** Whether AUTH is to be written. */
  due = false;
  private inFlight = false;
  private kept = false;
  private over = false;

  /** @param credentials those that the server accepted last */
  constructor(
    private readonly connection: LoginConnection,
    private credentials: Credentials,
    private readonly rotation: LoginRotation,
  ) {}

  /** There may be newer credentials. */
  renew(): void {
    if (this.due || this.inFlight || this.kept || this.over) return;
    if (this.credentials === this.rotation.newest) return;
    this.due = true;
    this.connection.loginDue();
  }

  /** From what is queued next the user stays until {@link release}. */
  keep(): void {
    this.kept = true;
  }

  /** Ends {@link keep}. */
  release(): void {
    this.kept = false;
    this.renew();
  }

  /** AUTH, to be written now. */
  request(): UnattendedRequest {
    this.due = false;
    this.inFlight = true;
    const sent = this.rotation.newest!;
    const { username, password } = sent;
    if (username !== this.credentials.username) this.user = {};
    // a user given without its name is the default user, also before ACLs (Redis 5)
    const name = this.connection.clientId === undefined ? [] : ['default'];
    const user = username === undefined ? name : [username];
    return new LoginRequest(this, sent, [...user, password]);
  }

  /** The server answered AUTH with these credentials. */
  answered(sent: Credentials, reply: unknown): void {
    this.inFlight = false;
    this.connection.loginLeft();
    const refused = reply instanceof ErrorReply;
    if (!refused) this.credentials = sent;
    if (sent !== this.rotation.newest) {
      this.renew();
    } else if (refused) {
      const { label } = this.connection;
      const error = new ReplyError(reply.message, {
        command: 'AUTH',
        node: label,
      });
      this.rotation.refused(label, error);
      this.connection.outdated(error);
    } else {
      this.rotation.renewed(this);
    }
  }

  /** The connection is closed. */
  end(): void {
    this.over = true;
    this.rotation.left(this);
  }
}

class LoginRequest extends UnattendedRequest {
  constructor(
    readonly login: Login,
    readonly sent: Credentials,
    args: readonly string[],
  ) {
    super(sink, AUTH, args, 0, clock.now, Infinity);
  }
}

const sink: RequestSink<LoginRequest> = {
  replied: ({ login, sent }, reply) => login.answered(sent, reply),
  // with its connection, which its login has been told of
  lost: () => {},
  expired: () => {},
};
