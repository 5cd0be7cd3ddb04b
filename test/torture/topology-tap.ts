import type { ProxyTap } from '../support/tcp-proxy.js';

/** The question as every client writes it: `CLUSTER SLOTS`, `SHARDS`, `NODES`. */
const QUESTION = /\r\ncluster\r\n\$\d+\r\n(slots|shards|nodes)\r\n/i;

/**
 * Sits on the way to one node and knows the connections that ask for the
 * topology: lets their answers come late, or gives the answers of an earlier
 * time again, as a node that was cut off from the others would.
 */
export class TopologyTap implements ProxyTap {
  /** By how much answers to questions for the topology are late, in milliseconds. */
  lateMs = 0;
  private lying = false;
  private readonly asking = new WeakMap<object, string>();
  private readonly answers = new Map<string, Buffer[]>();

  /** From now on the node tells what it told last; what it was not asked yet it answers truly. */
  lie(on = true): void {
    this.lying = on;
  }

  request(connection: object, bytes: Buffer): Buffer | undefined {
    const text = bytes.toString('latin1');
    if (!QUESTION.test(text)) {
      this.asking.delete(connection);
      return undefined;
    }
    if (this.lying) {
      const old = this.answers.get(text);
      return old === undefined ? undefined : Buffer.concat(old);
    }
    this.asking.set(connection, text);
    this.answers.set(text, []);
    return undefined;
  }

  reply(connection: object, bytes: Buffer): number {
    const question = this.asking.get(connection);
    if (question === undefined) return 0;
    this.answers.get(question)?.push(bytes);
    return this.lateMs;
  }
}
