import {
  CommandFlag,
  type Argument,
  type CommandSpec,
} from '../../commands/command-spec.js';
import { commandSpec } from '../../commands/command-table.js';
import type { Lease } from '../../connection/lease.js';
import { CLAIM } from '../../connection/request.js';
import { ConfigurationError } from '../../errors/configuration-error.js';
import { openScopes } from '../../replication/scope/open-scopes.js';
import { clock } from '../../time/clock.js';
import { blockingTimeoutMs } from '../calls/blocking.js';
import { Call } from '../calls/call.js';
import type { CallFactory } from '../calls/call-factory.js';
import type { CallRunner } from '../calls/call-runner.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { ClusterNodes } from '../cluster-nodes.js';
import { ExclusiveSession } from './exclusive-session.js';
import { LeasedCall } from './leased-call.js';
import type { LeasedCallSink } from './leased-call-sink.js';
import type { Place } from '../fan-outs/place.js';
import type { PlacedRunner } from '../fan-outs/placed-runner.js';
import { formatOf } from '../calls/reply-shape.js';
import { isProven } from './transaction-call.js';
import type { Transactions } from './transactions.js';
import { keyIndexes } from '../../routing/command-keys.js';
import { keySlot } from '../../routing/key-slot.js';
import type { RouteChoice } from './transaction-plan.js';

/** What asks for a connection; it is never sent. */
const claimSpec: CommandSpec = {
  ...commandSpec('PING'),
  name: 'an exclusive connection',
  wire: CLAIM,
  flags: CommandFlag.ReadOnly,
};

/** What a session is to be like. */
export interface SessionWish {
  readonly place: Place;
  /** The slot that its transactions have to be in. */
  readonly route?: RouteChoice | undefined;
  /** Whether the node only imports the slot. */
  readonly asking?: boolean;
  /** Where the caller asked for it, in development. */
  readonly holder?: Error | undefined;
}

/** Gives callers connections of their own, and runs their commands there. */
export class ExclusiveRunner {
  constructor(
    private readonly nodes: ClusterNodes,
    private readonly calls: CallFactory,
    private readonly placed: PlacedRunner,
    private readonly runner: CallRunner,
    private readonly sink: LeasedCallSink,
    private readonly transactions: Transactions,
  ) {}

  /** Opens a session, within the time of one call. */
  async open(
    { place, route, asking = false, holder }: SessionWish,
    settings: CallSettings,
  ): Promise<ExclusiveSession> {
    const startedAt = clock.refresh();
    settings.signal?.throwIfAborted();
    const node =
      'slot' in place || asking
        ? undefined
        : await this.placed.memberAt(place, claimSpec, settings, startedAt);
    return new Promise((resolve, reject) => {
      const call = new Call(
        this.runner,
        claimSpec,
        [],
        'slot' in place ? place.slot : -1,
        function (lease) {
          const leased = lease as Lease;
          leased.holder = holder;
          resolve(new ExclusiveSession(leased, this.node!, route, asking));
        },
        reject,
        0,
        startedAt,
        startedAt + settings.timeoutMs,
      );
      // defined: it has to come from the exclusive connections
      call.blocks = 0;
      if (!('slot' in place)) {
        call.fixedNode = node ?? this.nodes.at(place.address);
        // a replica serves reads only on connections that said READONLY
        call.readsReplica = !asking && !this.nodes.isOwner(call.fixedNode);
      }
      this.calls.start([call], settings.signal);
    });
  }

  /** Runs one command in a session. */
  run(
    session: ExclusiveSession,
    spec: CommandSpec,
    args: readonly Argument[],
    settings: CallSettings,
  ): Promise<unknown> {
    const refusal = ExclusiveSession.refusalOf(spec);
    if (refusal !== undefined) {
      return Promise.reject(
        new ConfigurationError(refusal, { command: spec.name }),
      );
    }
    if (spec.name === 'WATCH') this.prove(session, settings);
    const reply = new Promise((resolve, reject) => {
      settings.signal?.throwIfAborted();
      const [key] = keyIndexes(spec, args);
      const blocks = blockingTimeoutMs(spec, args);
      const now = clock.refresh();
      const call = new LeasedCall(
        this.sink,
        spec,
        args,
        key === undefined ? -1 : keySlot(args[key]!),
        resolve,
        reject,
        formatOf(spec, settings.format),
        now,
        now + settings.timeoutMs + (blocks ?? 0),
        session.lease,
      );
      session.bind(call, blocks);
      if (openScopes !== 0) this.calls.joinScope(call);
      this.calls.start([call], settings.signal);
    });
    return session.endsWith(reply);
  }

  /** Asks whether transactions are allowed, while no key is watched: EXEC ends every watch. */
  private prove(session: ExclusiveSession, settings: CallSettings): void {
    const { connection } = session.lease;
    // a user who comes before the watch is another one
    if (isProven(connection) && connection.login?.due !== true) return;
    // the transaction that follows will be told the same
    this.transactions.run([], undefined, settings, session).catch(() => {});
  }
}
