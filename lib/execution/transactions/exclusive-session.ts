import type { CommandSpec } from '../../commands/command-spec.js';
import type { Lease } from '../../connection/lease.js';
import { ConnectionError } from '../../errors/connection-error.js';
import type { ClusterNode } from '../cluster-node.js';
import type { LeasedCall } from './leased-call.js';
import type { RouteChoice } from './transaction-plan.js';

/** What leaves a connection in a state that nothing undoes. */
const ALTERING = new Set([
  'CLIENT NO-EVICT',
  'CLIENT NO-TOUCH',
  'CLIENT SETNAME',
  'CLIENT IMPORT-SOURCE',
  'HIMPORT DISCARD',
  'HIMPORT DISCARDALL',
  'HIMPORT PREPARE',
]);

/** Refused on shared connections for what it does to others; here there are none. */
const ALLOWED = new Set([
  ...ALTERING,
  'HIMPORT SET',
  'UNWATCH',
  'WAIT',
  'WAITAOF',
  'WATCH',
]);

/** One caller's connection to one node, and what it has done to it. */
export class ExclusiveSession {
  private watching = false;
  private altered: string | undefined;

  constructor(
    readonly lease: Lease,
    readonly node: ClusterNode,
    /** The slot it was asked for; undefined for one at a named node. */
    readonly route: RouteChoice | undefined,
    /** Whether the node only imports that slot. */
    readonly asking: boolean,
  ) {}

  /** Why a command makes no sense here; undefined when it does. */
  static refusalOf({
    name,
    refused,
    oneNode,
  }: CommandSpec): string | undefined {
    return oneNode || ALLOWED.has(name) ? undefined : refused;
  }

  /** Makes this the only connection that a call may take. */
  bind(call: LeasedCall, blocks: number | undefined): void {
    call.bind(this.node, blocks, this.asking);
    const { name } = call.spec;
    if (name === 'WATCH') this.watch();
    else if (name === 'UNWATCH' || name === 'EXEC') this.watching = false;
    else if (ALTERING.has(name)) this.altered = name;
  }

  /**
   * Behind the end of a watch the user may change.
   *
   * @param reply that of what was bound last
   */
  endsWith<T>(reply: Promise<T>): Promise<T> {
    const { login } = this.lease.connection;
    if (login === undefined) return reply;
    const ended = (): void => {
      if (!this.watching) login.release();
    };
    reply.then(ended, ended);
    return reply;
  }

  /** Rejects when the connection is taken from its holder: its lease expired, or the client was closed. */
  takenBack(): Promise<never> {
    return new Promise((_, reject) => {
      this.lease.onTakenBack = reject;
    });
  }

  /** Gives the connection back as it was. */
  release(): void {
    const { lease } = this;
    if (this.altered !== undefined) {
      lease.discard(
        new ConnectionError(
          `The exclusive connection was given back already, and closed behind ${this.altered}`,
          { node: this.node.label },
        ),
      );
    } else {
      lease.release(this.watching ? [['UNWATCH']] : []);
      lease.connection.login?.release();
    }
  }

  private watch(): void {
    this.watching = true;
    // the transaction is to run as the user who has read what it rests on
    this.lease.connection.login?.keep();
  }
}
