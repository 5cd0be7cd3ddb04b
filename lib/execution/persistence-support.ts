import { findCommand } from '../commands/command-table.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { ReplyError } from '../errors/reply-error.js';
import type { CallSettings } from './calls/call-settings.js';
import type { Executor } from './executor.js';

/** A primary that is silent for so long may or may not know it. */
const TIMEOUT_MS = 2_000;

/**
 * Whether the servers know WAITAOF (7.2). Asked of every primary, once a
 * topology: by WAITAOF without arguments, which no server executes and every
 * user may send. A version would have to be believed, of a fork too.
 */
export class PersistenceSupport {
  #asked: Promise<readonly string[]> | undefined;
  #askedAt = -1;
  #without: readonly string[] = [];

  constructor(
    private readonly executor: Executor,
    private readonly settings: CallSettings,
    private readonly topologyVersion: () => number,
  ) {}

  /** Why work that needs WAITAOF must not begin, as far as is known; undefined where nothing speaks against it. */
  get refusal(): ConfigurationError | undefined {
    const [node] = this.#without;
    return node === undefined
      ? undefined
      : new ConfigurationError(
          `Waiting for writes to be on disk needs WAITAOF (Redis 7.2, Valkey); ${node} does not know it`,
          { command: 'WAITAOF', node },
        );
  }

  /**
   * Asks, unless it is known.
   *
   * @throws {ConfigurationError} when a primary does not know WAITAOF
   */
  async check(): Promise<void> {
    if (this.#asked === undefined || this.#askedAt !== this.topologyVersion()) {
      this.#asked = this.#ask();
      // nobody may be left to hear of it
      this.#asked.catch(() => {
        this.#asked = undefined;
      });
    }
    this.#without = await this.#asked;
    this.#askedAt = this.topologyVersion();
    const { refusal } = this;
    if (refusal !== undefined) throw refusal;
  }

  async #ask(): Promise<readonly string[]> {
    const { spec } = findCommand(['WAITAOF'])!;
    const replies = await this.executor.executeOnEach(
      'primaries',
      // the refusal is of callers'; it does not block without arguments
      { ...spec, refused: undefined, reply: undefined, flags: 0 },
      [],
      { ...this.settings, timeoutMs: TIMEOUT_MS, signal: undefined },
    );
    // a node that cannot be reached may know it
    return Object.keys(replies).filter((node) => {
      const reply = replies[node];
      return (
        reply instanceof ReplyError && reply.message.includes('unknown command')
      );
    });
  }
}
