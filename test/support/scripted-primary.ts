import { ConnectionError } from '../../lib/errors/connection-error.js';
import { ErrorReply } from '../../lib/protocol/error-reply.js';
import { RidesUnderWay } from '../../lib/replication/barrier/another-look.js';
import type { BarrierConnection } from '../../lib/replication/barrier/barrier-connection.js';
import type { PrimaryAccess } from '../../lib/replication/barrier/primary-access.js';
import { PrimaryReplication } from '../../lib/replication/barrier/primary-replication.js';

type Reply = unknown;
type Args = readonly (string | Buffer | number)[];

/** A command that waits for the test to answer it. */
export interface Asked {
  readonly args: Args;
  answer(reply: Reply): void;
}

/**
 * A primary whose every reply the test decides: for orders of events that a
 * real server gives by chance only. Answers at once and as a healthy primary
 * does, but for WAIT, which the test answers (or sets `wait` for).
 */
export class ScriptedPrimary implements PrimaryAccess {
  readonly client: object;
  readonly rides = new RidesUnderWay();
  readonly connections: ScriptedConnection[] = [];
  readonly replication: PrimaryReplication;
  replicationId = 'a'.repeat(40);
  role = 'master';
  /** The history it continues, and the first byte that it did not have of it. */
  former: { id: string; secondOffset: number } | undefined;
  offset = 1_000;
  replicas: { offset: number; state?: string }[] = [];
  configured = 1;
  /** What WAIT answers at once; undefined: the test answers it. */
  wait: number | undefined;
  /** Overrides the reply of a command, by its first word. */
  readonly replies = new Map<string, (args: Args) => Reply>();
  /** WAITs that nobody has answered. */
  readonly waits: Asked[] = [];
  open: () => Promise<BarrierConnection> = () => this.connect();

  constructor(
    readonly address = '127.0.0.1:7000',
    client: object = {},
  ) {
    this.client = client;
    this.replication = new PrimaryReplication(this);
  }

  /** Who owns the slots by now, where that is another. */
  successor: PrimaryReplication | undefined;
  doubts = 0;
  /** Nodes that the topology lists elsewhere than among the shard's replicas. */
  readonly members = new Set<string>();

  configuredReplicas(): string[] {
    return Array.from(
      { length: this.configured },
      (_, nth) => `127.0.0.1:${7001 + nth}`,
    );
  }

  isMember(address: string): boolean {
    return this.members.has(address);
  }

  ownerOf(): PrimaryReplication | undefined {
    return this.successor;
  }

  doubt(): void {
    this.doubts += 1;
  }

  /** What it was redirected by. */
  readonly redirects: string[] = [];

  redirected(moved: string): void {
    this.redirects.push(moved);
  }

  openBarrierConnection(): Promise<BarrierConnection> {
    return this.open();
  }

  connect(): Promise<BarrierConnection> {
    const connection = new ScriptedConnection(this);
    this.connections.push(connection);
    return Promise.resolve(connection);
  }

  /** How often a command came on barrier connections. */
  calls(name: string): number {
    let count = 0;
    for (const { sent } of this.connections) {
      count += sent.filter((args) => args[0] === name).length;
    }
    return count;
  }

  info(): string {
    const slaves = this.replicas.map(
      ({ offset, state = 'online' }, index) =>
        `slave${index}:ip=127.0.0.1,port=${7001 + index},state=${state},offset=${offset},lag=0\r\n`,
    );
    return (
      `# Replication\r\nrole:${this.role}\r\nconnected_slaves:${slaves.length}\r\n${slaves.join('')}` +
      `master_replid:${this.replicationId}\r\nmaster_replid2:${this.former?.id ?? '0'.repeat(40)}\r\nmaster_repl_offset:${this.offset}\r\nsecond_repl_offset:${this.former?.secondOffset ?? -1}\r\n`
    );
  }

  /** A connection for writes: knows INFO only. */
  readonly writes = {
    send: async (args: readonly string[]): Promise<unknown> => {
      const reply = this.reply(args);
      if (reply instanceof ErrorReply) throw new Error(reply.message);
      return reply;
    },
  };

  reply(args: Args): Reply {
    const scripted = this.replies.get(String(args[0]));
    if (scripted !== undefined) return scripted(args);
    switch (args[0]) {
      case 'ROLE':
        return ['master', this.offset, []];
      case 'INFO':
        return this.info();
      case 'EXISTS':
        return args.length - 1;
      default:
        return 'OK';
    }
  }
}

export class ScriptedConnection implements BarrierConnection {
  usable = true;
  readonly sent: Args[] = [];
  readonly #pending = new Set<(error: Error) => void>();

  constructor(private readonly primary: ScriptedPrimary) {}

  async exchange(
    commands: readonly Args[],
    replied: (reply: unknown, index: number) => void,
  ): Promise<void> {
    this.sent.push(...commands);
    const replies = commands.map((args) => this.#ask(args));
    for (const [index, reply] of replies.entries()) {
      replied(await reply, index);
    }
  }

  destroy(): void {
    this.usable = false;
    for (const reject of this.#pending) reject(new ConnectionError('lost'));
    this.#pending.clear();
  }

  #ask(args: Args): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (!this.usable) reject(new ConnectionError('closed'));
      else if (args[0] !== 'WAIT') resolve(this.primary.reply(args));
      else if (this.primary.wait === undefined) {
        this.#pending.add(reject);
        const answer = (reply: Reply): void => {
          this.#pending.delete(reject);
          resolve(reply);
        };
        this.primary.waits.push({ args, answer });
      } else resolve(this.primary.wait);
    });
  }
}

/** @param text the server's words, such as `OOM command not allowed` */
export function refusal(text: string): ErrorReply {
  return new ErrorReply(text);
}
