import { beforeEach, describe, expect, it } from 'vitest';
import {
  expireRequests,
  loseRequests,
  releaseUnsent,
  withdrawRequest,
} from '../../../lib/connection/request-exits.js';
import {
  GROUP,
  type RequestGroup,
} from '../../../lib/connection/request-group.js';
import { Request } from '../../../lib/connection/request.js';
import { RequestRing } from '../../../lib/connection/request-ring.js';
import { encodeWords, Encoder } from '../../../lib/protocol/encoder.js';
import { Accounts, Diary, NamedRequest } from './made-up-request.js';

/** A group of commands that takes one reply for each. */
class MadeUpGroup extends Request implements RequestGroup {
  readonly name = 'group';
  outstanding = 0;

  constructor(
    sink: Diary,
    private readonly names: readonly string[],
    deadline = Infinity,
  ) {
    super(sink, GROUP, [], 0, 0, deadline);
    this.size = 10;
  }

  encode(encoder: Encoder): void {
    this.outstanding = this.names.length;
    for (const word of this.names) encoder.command(encodeWords([word]), []);
  }

  takes(): boolean {
    this.outstanding -= 1;
    return this.outstanding === 0;
  }
}

describe('a group of commands', () => {
  let diary: Diary;
  let accounts: Accounts;
  let wire: RequestRing;

  beforeEach(() => {
    diary = new Diary();
    accounts = new Accounts();
    wire = new RequestRing();
  });

  const group = (deadline?: number) =>
    new MadeUpGroup(diary, ['MULTI', 'GET', 'EXEC'], deadline);

  /** Writes what waits, as a connection does. */
  const write = (): string => {
    const encoder = new Encoder();
    for (;;) {
      const request = wire.nextUnsent();
      if (request === undefined) break;
      if (request.words === GROUP) {
        (request as MadeUpGroup).encode(encoder);
      } else encoder.command(request.words, request.args);
    }
    return String(encoder.take()).replaceAll(/\r\n|[*$]\d+/g, ' ');
  };

  /** Hands a reply to the head of the ring, as a connection does. */
  const answer = (reply: string): void => {
    const head = wire.peek()!;
    if (head.words === GROUP && !(head as MadeUpGroup).takes()) return;
    wire.shift();
    head.sink.replied(head, reply, accounts.connection);
  };

  it('is written in one piece, and has one end: its last reply', () => {
    wire.push(new NamedRequest('before', diary));
    wire.push(group());
    wire.push(new NamedRequest('behind', diary));
    expect(write().split(/\s+/).filter(Boolean)).toEqual([
      'PING',
      'MULTI',
      'GET',
      'EXEC',
      'PING',
    ]);
    for (const reply of ['1', '2', '3', '4', '5']) answer(reply);
    expect(diary.lines).toEqual([
      'before replied 1',
      'group replied 4',
      'behind replied 5',
    ]);
  });

  it.each([
    [
      'withdrawn',
      (one: MadeUpGroup) => withdrawRequest(one, [], wire, accounts.connection),
    ],
    ['expired', () => void expireRequests(5, [], wire, accounts.connection)],
  ])('that is %s in flight keeps the place of all its replies', (_, end) => {
    const one = group(5);
    wire.push(one);
    wire.push(new NamedRequest('behind', diary));
    write();
    answer('1');
    end(one);
    expect(diary.lines).toEqual(['group expired flight']);
    for (const reply of ['2', '3', '4']) answer(reply);
    expect(diary.lines).toEqual(['group expired flight', 'behind replied 4']);
    expect(wire.length).toBe(0);
  });

  it('leaves nothing of itself behind when it leaves before it is written', () => {
    for (const leave of [
      (one: MadeUpGroup) => withdrawRequest(one, [], wire, accounts.connection),
      () => void expireRequests(5, [], wire, accounts.connection),
      () => releaseUnsent([], wire, new Error('moved'), accounts.connection),
    ]) {
      const one = group(5);
      wire.push(one);
      leave(one);
      expect(write()).toBe('');
      expect(wire.length).toBe(0);
    }
    expect(diary.lines).toEqual([
      'group expired queue',
      'group expired queue',
      'group lost notSent moved',
    ]);
  });

  it('is unknown as a whole when its connection ends, also after some of its replies', () => {
    wire.push(group());
    write();
    answer('1');
    loseRequests([], wire, new Error('cut'), accounts.connection);
    expect(diary.lines).toEqual(['group lost unknown cut']);
  });
});
