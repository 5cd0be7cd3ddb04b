import { findCommand } from '../../commands/command-table.js';
import { ReplyError } from '../../errors/reply-error.js';
import { DEFAULT_REPLIES } from '../../options/reply-options.js';
import { parseClusterNodes } from '../../topology/parse-cluster-nodes.js';
import { SlotCensus, type Witness } from '../../topology/slot-census.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { NodeReplies } from '../fan-outs/place.js';
import { formatBits } from '../calls/reply-shape.js';
import type { ScanExecutor } from './scan-executor.js';

/** How long a primary has to answer; one that is silent is left out. */
const ANSWER_TIME_MS = 2_000;

const NODES = findCommand(['CLUSTER', 'NODES'])!;
const INFO = findCommand(['INFO', 'server'])!;

/** Asks all primaries who holds the slots; those who want to know at the same time share one round. */
export class CensusTaker {
  private readonly settings: CallSettings;
  private underWay: Promise<unknown> = Promise.resolve();
  private next: Promise<SlotCensus> | undefined;

  constructor(
    private readonly executor: ScanExecutor,
    settings: CallSettings,
  ) {
    this.settings = {
      ...settings,
      timeoutMs: Math.min(settings.timeoutMs, ANSWER_TIME_MS),
      replies: DEFAULT_REPLIES,
      format: formatBits(DEFAULT_REPLIES),
    };
  }

  /**
   * A census that is taken entirely from now on.
   *
   * @throws {ReplyError} where the user may not ask
   */
  take(): Promise<SlotCensus> {
    // one under way may have been answered before the caller's last page was
    this.next ??= this.underWay.then(() => {
      this.next = undefined;
      const census = this.ask();
      this.underWay = census.catch(() => {});
      return census;
    });
    return this.next;
  }

  private async ask(): Promise<SlotCensus> {
    const [views, processes] = await Promise.all([
      this.onEachPrimary(NODES),
      this.onEachPrimary(INFO),
    ]);
    const witnesses: Witness[] = [];
    for (const [address, view] of Object.entries(views)) {
      const runId = runIdOf(processes[address]);
      if (typeof view !== 'string' || runId === undefined) continue;
      witnesses.push({ address, runId, view: parseClusterNodes(view, AS_IS) });
    }
    return new SlotCensus(witnesses);
  }

  private async onEachPrimary({
    spec,
    args,
  }: typeof NODES): Promise<NodeReplies<unknown>> {
    const replies = await this.executor.executeOnEach(
      'primaries',
      spec,
      [...args],
      this.settings,
    );
    for (const reply of Object.values(replies)) {
      // asking again would change nothing
      if (reply instanceof ReplyError && reply.prefix === 'NOPERM') throw reply;
    }
    return replies;
  }
}

/** Nodes are told apart by their ids here: their addresses do not matter. */
const AS_IS = {
  source: { host: '127.0.0.1', port: 1 },
  tls: false,
  mapAddress: <Address>(address: Address): Address => address,
};

/** The id that a server draws when its process starts. */
export function runIdOf(info: unknown): string | undefined {
  return typeof info === 'string'
    ? /^run_id:(\w+)/m.exec(info)?.[1]
    : undefined;
}
