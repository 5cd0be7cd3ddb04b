import type { Connection } from '../../../lib/connection/connection.js';
import { Request, type RequestSink } from '../../../lib/connection/request.js';
import { encodeWords } from '../../../lib/protocol/encoded-words.js';

const PING = encodeWords(['PING']);

/** Writes down how requests end, as `id how detail`. */
export class Diary implements RequestSink<NamedRequest> {
  readonly lines: string[] = [];
  /** Called at every end, as a caller might. */
  onEnd: (request: NamedRequest) => void = () => {};

  replied(request: NamedRequest, reply: unknown): void {
    this.write(request, `replied ${String(reply)}`);
  }

  lost(request: NamedRequest, fate: string, cause: Error): void {
    this.write(request, `lost ${fate} ${cause.message}`);
  }

  expired(request: NamedRequest, phase: string): void {
    this.write(request, `expired ${phase}`);
  }

  private write(request: NamedRequest, how: string): void {
    this.lines.push(`${request.name} ${how}`);
    this.onEnd(request);
  }
}

export class NamedRequest extends Request {
  constructor(
    readonly name: string,
    sink: RequestSink<any>,
    deadline = Infinity,
  ) {
    super(sink, PING, [], 0, 0, deadline);
    this.size = 10;
  }
}

/** Counts what left; all that the exits need of a connection. */
export class Accounts {
  readonly leavers: [name: string, wasInFlight: boolean][] = [];

  left(request: Request, wasInFlight: boolean): void {
    this.leavers.push([(request as NamedRequest).name, wasInFlight]);
  }

  get connection(): Connection {
    return this as unknown as Connection;
  }
}
