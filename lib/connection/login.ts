import { ReplyError } from '../errors/reply-error.js';
import type { Credentials } from '../options/client-options.js';
import { encodeWords } from '../protocol/encoded-words.js';
import { ErrorReply } from '../protocol/error-reply.js';
import { clock } from '../time/clock.js';
import type { CredentialsRotation } from './credentials-rotation.js';
import {
  GROUP,
  type GroupedCommand,
  type RequestGroup,
} from './request-group.js';
import { UnattendedRequest, type RequestSink } from './request.js';

const AUTH = encodeWords(['AUTH']);

/** The connection that is logged in, as its {@link Login} knows it. */
export interface LoginConnection {
  /** `host:port`. */
  readonly label: string;
  /** Undefined where the server does not say: before ACLs it could not. */
  readonly clientId: number | undefined;
  /** Queues a request that is no caller's, behind all others. */
  pushUnattended(request: UnattendedRequest): void;
  /** That request is there no more. */
  unattendedLeft(): void;
  /** The server refuses the newest credentials. */
  outdated(cause: Error): void;
}

/**
 * The user of one connection, which follows the newest credentials: AUTH goes
 * behind everything that is queued, however long that takes (a blocking
 * command may take minutes), and what is queued later runs behind it.
 *
 * One AUTH at a time: it takes the newest credentials when it is written, and
 * where there are others when it is answered, another one follows. A refusal of
 * credentials that are not the newest is therefore no news.
 *
 * Between MULTI and EXEC nothing can come, since they are one request: AUTH
 * there would be queued, and change the user of the commands behind it (Redis
 * 8.6 even loses the reply of one that is refused there, and every later reply
 * meets the wrong command). Between WATCH and EXEC it would do no harm to the
 * watch itself, but the transaction would run as another user than the reads
 * it rests on: {@link keep} has it wait.
 *
 * A server that refuses AUTH goes on with the user of before (Redis 7.0, 8.6,
 * Valkey 9). That user is one whom the application has replaced, so what was
 * sent so far has its replies, and then the connection gives way to another.
 *
 * @internal
 */
export class Login {
  /** Stands for the user of what is written now; see `Carrier`. */
  user: object = {};
  /** Whether AUTH is queued and not yet written. */
  queued = false;
  private underWay = false;
  private kept = false;
  private over = false;

  /** @param credentials those that the server accepted last */
  constructor(
    private readonly connection: LoginConnection,
    public credentials: Credentials,
    private readonly rotation: CredentialsRotation,
  ) {}

  /** There may be newer credentials. */
  renew(): void {
    if (this.underWay || this.kept || this.over) return;
    if (this.credentials === this.rotation.newest) return;
    this.underWay = true;
    this.queued = true;
    this.connection.pushUnattended(new LoginRequest(this));
  }

  /** The user stays until {@link release}. */
  keep(): void {
    this.kept = true;
  }

  /** Ends {@link keep}: AUTH goes behind what is queued by now. */
  release(): void {
    this.kept = false;
    this.renew();
  }

  /** The connection is closed. */
  end(): void {
    this.over = true;
    this.rotation.left(this);
  }

  /** AUTH is written now. */
  begin(): { sent: Credentials; command: GroupedCommand } {
    const sent = this.rotation.newest!;
    const { username, password } = sent;
    this.queued = false;
    if (username !== this.credentials.username) this.user = {};
    // a user given without its name is the default user, also before ACLs (Redis 5)
    const name = this.connection.clientId === undefined ? [] : ['default'];
    const user = username === undefined ? name : [username];
    return { sent, command: { words: AUTH, args: [...user, password] } };
  }

  /** The server answered AUTH with these credentials. */
  answered(sent: Credentials, reply: unknown): void {
    this.leftWire();
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

  /** AUTH was taken out of the queue, with all that was not written, or the connection has ended. */
  lost(): void {
    this.queued = false;
    this.leftWire();
    this.renew();
  }

  private leftWire(): void {
    this.underWay = false;
    this.connection.unattendedLeft();
  }
}

/** AUTH. A group, since what it says is known only when it is written. */
class LoginRequest extends UnattendedRequest implements RequestGroup {
  readonly outstanding = 1;
  sent: Credentials | undefined;

  constructor(readonly login: Login) {
    super(sink, GROUP, [], 0, clock.now, Infinity);
  }

  begin(): readonly GroupedCommand[] {
    const { sent, command } = this.login.begin();
    this.sent = sent;
    return [command];
  }

  takes(): boolean {
    return true;
  }
}

const sink: RequestSink<LoginRequest> = {
  replied: ({ login, sent }, reply) => login.answered(sent!, reply),
  lost: ({ login }) => login.lost(),
  expired: ({ login }) => login.lost(),
};
