import { findCommand } from '../../commands/command-table.js';
import { ReplyError } from '../../errors/reply-error.js';
import { placeOf } from './page-reader.js';
import type { CallSettings } from '../calls/call-settings.js';
import type { ScanExecutor } from './scan-executor.js';

const QUESTION = findCommand(['COMMAND', 'INFO', 'CLUSTERSCAN'])!;
/** Null or not is all that matters of the reply. */
const SPEC = { ...QUESTION.spec, reply: undefined };

/** Tells which nodes have CLUSTERSCAN; each is asked once. */
export class ClusterScanSupport {
  private readonly known = new Map<string, Promise<boolean>>();

  constructor(
    private readonly executor: ScanExecutor,
    private readonly settings: CallSettings,
  ) {}

  /** @param address `host:port` */
  at(address: string): Promise<boolean> {
    let answer = this.known.get(address);
    if (answer === undefined) {
      answer = this.ask(address);
      this.known.set(address, answer);
    }
    return answer;
  }

  private async ask(address: string): Promise<boolean> {
    try {
      const reply = await this.executor.executeAt(
        placeOf(address),
        SPEC,
        [...QUESTION.args],
        this.settings,
      );
      return Array.isArray(reply) && (reply[0] ?? undefined) !== undefined;
    } catch (error) {
      // who may not ask makes do with SCAN
      if (error instanceof ReplyError) return false;
      this.known.delete(address);
      throw error;
    }
  }
}
