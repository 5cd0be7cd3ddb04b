import { ConnectionError } from '../errors/connection-error.js';
import type { Connection } from './connection.js';
import type { ConnectionListener } from './connection-settings.js';

/** Between two looks, and before another probe where one came to nothing. */
const INTERVAL_MS = 1_000;

/** So many looks in a row have to say the same: a reply may be on its way. */
const LOOKS = 2;

/**
 * What the server has of a connection: `gone`, `idle` (nothing to do for it,
 * and nothing to tell it), or `busy`.
 */
type Standing = 'gone' | 'idle' | 'busy';

/**
 * Finds out whether a connection that fell silent leads anywhere: another one
 * to the same node asks for it by `CLIENT LIST ID`. A server that does not know
 * it any more, or has been idle on it although replies are owed, will never
 * answer there: a firewall forgot the connection, or a network lost its end. A
 * paused one (flag `b`), one that runs a script (`BUSY`) and one that answers
 * nobody are left alone; of the last the owner is told, for the cluster decides
 * about it.
 */
export class HalfOpenCheck {
  /** Whether the node is silent to the other connection too. */
  nodeIsSilent = false;
  private probe: Connection | undefined;
  private timer: NodeJS.Timeout | undefined;
  private proofs = 0;
  private ended = false;

  constructor(
    private readonly suspect: Connection,
    private readonly openProbe: (
      listener: ConnectionListener<Connection>,
    ) => Connection,
    /** {@link nodeIsSilent} changed. */
    private readonly told: () => void,
  ) {
    this.open();
  }

  /** The suspect spoke again, or is closed. */
  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
    this.probe?.destroy();
  }

  private open(): void {
    this.proofs = 0;
    this.probe = this.openProbe({
      opened: () => {},
      idle: () => {},
      silent: () => this.tell(true),
      heard: () => this.tell(false),
      closed: () => {
        // the node is frozen, full or gone; whoever asked will hear of it otherwise
        clearTimeout(this.timer);
        if (!this.ended) this.again(() => this.open());
      },
    });
    // at once: what is owed behind the handshake tells of a node that does not even do that
    void this.look(this.probe);
  }

  private async look(probe: Connection): Promise<void> {
    const { suspect } = this;
    let standing: Standing;
    try {
      standing = await this.standing(probe, suspect.clientId);
    } catch {
      // BUSY, no right to ask, or no answer: no proof
      standing = 'busy';
    }
    // a new probe looks anew
    if (this.ended || probe.state === 'closed') return;
    this.proofs = standing === 'busy' ? 0 : this.proofs + 1;
    if (this.proofs < LOOKS) {
      this.again(() => void this.look(probe));
      return;
    }
    const how =
      standing === 'gone'
        ? 'is half-open: its server does not know it'
        : 'is half-open: its server has received nothing that is unanswered';
    suspect.destroy(
      new ConnectionError(`The connection to ${suspect.label} ${how}`, {
        node: suspect.label,
      }),
    );
  }

  private async standing(
    probe: Connection,
    clientId: number | undefined,
  ): Promise<Standing> {
    if (clientId === undefined) {
      // a server that does not tell its connections' numbers can only be asked whether it lives
      await probe.send(['PING']);
      return 'busy';
    }
    const list = String(
      await probe.send(['CLIENT', 'LIST', 'ID', String(clientId)]),
    );
    if (list.trim() === '') {
      // numbers grow: a smaller one is another server's, behind one address, or was restarted
      return (probe.clientId ?? 0) > clientId ? 'gone' : 'busy';
    }
    const field = (name: string): string =>
      new RegExp(`(?:^| )${name}=(\\S*)`).exec(list)?.[1] ?? '';
    const resting =
      Number(field('idle')) >= 1 &&
      !field('flags').includes('b') &&
      ['qbuf', 'obl', 'oll'].every((name) => field(name) === '0');
    return resting ? 'idle' : 'busy';
  }

  private tell(nodeIsSilent: boolean): void {
    if (this.ended) return;
    this.nodeIsSilent = nodeIsSilent;
    this.told();
  }

  private again(work: () => void): void {
    this.timer = setTimeout(work, INTERVAL_MS);
    // whoever waits for a reply holds the process by the connection itself
    this.timer.unref();
  }
}
