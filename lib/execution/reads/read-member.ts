import type { ReadCandidate } from '../../options/read-from.js';
import type { ClusterNode } from '../cluster-node.js';

/** One node of a shard, as reads see it. */
export class ReadMember implements ReadCandidate {
  /** @param flagged whether the cluster says that it failed */
  constructor(
    readonly node: ClusterNode,
    readonly role: 'primary' | 'replica',
    readonly flagged: boolean,
    private readonly announcedZone: string | undefined,
    private readonly primary: ClusterNode | undefined,
  ) {}

  get address(): string {
    return this.node.label;
  }

  get zone(): string | undefined {
    return this.announcedZone ?? this.node.vitals.zone;
  }

  get latencyMs(): number | undefined {
    return this.node.vitals.latencyMs;
  }

  get lagBytes(): number | undefined {
    if (this.role === 'primary') return 0;
    const ahead = this.primary?.vitals.offset;
    const { offset } = this.node.vitals;
    // the two were asked one after the other: the replica may have got on
    return ahead === undefined || offset === undefined
      ? undefined
      : Math.max(0, ahead - offset);
  }

  get healthy(): boolean {
    const { node } = this;
    if (this.role === 'primary') {
      return node.connected ? !node.isSilent : node.failedAttempts === 0;
    }
    const { vitals } = node;
    return this.answers && vitals.linkUp && !vitals.refused;
  }

  /** A replica that is connected and not silent, whatever it has to say. */
  get answers(): boolean {
    const { readers } = this.node;
    return !this.flagged && readers.connected && !readers.isSilent;
  }

  /** A replica whose connection is being made, and not for long. */
  get hopeful(): boolean {
    return !this.flagged && this.node.readers.hopeful;
  }
}
