import { beforeEach, describe, expect, it } from 'vitest';
import type { Request } from '../../../lib/connection/request.js';
import {
  expireRequests,
  loseRequests,
  releaseUnsent,
  withdrawRequest,
} from '../../../lib/connection/request-exits.js';
import { RequestRing } from '../../../lib/connection/request-ring.js';
import { Accounts, Diary, NamedRequest } from './made-up-request.js';

describe('a request leaves its connection', () => {
  let diary: Diary;
  let accounts: Accounts;
  let wire: RequestRing;
  let parked: Request[];

  beforeEach(() => {
    diary = new Diary();
    accounts = new Accounts();
    wire = new RequestRing();
    parked = [];
  });

  const request = (name: string, deadline?: number) =>
    new NamedRequest(name, diary, deadline);

  const sent = (name: string, deadline?: number) => {
    const made = request(name, deadline);
    wire.push(made);
    wire.nextUnsent();
    return made;
  };

  const queued = (name: string, deadline?: number) => {
    const made = request(name, deadline);
    wire.push(made);
    return made;
  };

  const park = (name: string, deadline?: number) => {
    const made = request(name, deadline);
    parked.push(made);
    return made;
  };

  /** What is still there, in order; a place without a request is `-`. */
  const left = () =>
    [
      ...Array.from({ length: wire.length }, (_, index) => wire.at(index)),
      ...parked,
    ].map((each) => (each instanceof NamedRequest ? each.name : '-'));

  const expire = (now: number) =>
    expireRequests(now, parked, wire, accounts.connection);

  const withdraw = (each: Request) =>
    withdrawRequest(each, parked, wire, accounts.connection);

  describe('when its time ends', () => {
    it('and hears where it was (conformance 52)', () => {
      sent('a', 10);
      sent('b', 30);
      queued('c', 10);
      queued('d', 30);
      park('e', 10);
      park('f', 30);
      expect(expire(20)).toBe(30);
      expect(diary.lines).toEqual([
        'e expired connect',
        'c expired queue',
        'a expired flight',
      ]);
      expect(left()).toEqual(['-', 'b', 'd', 'f']);
    });

    it('at its deadline, and not before', () => {
      queued('a', 10);
      expect(expire(9.9)).toBe(10);
      expect(diary.lines).toEqual([]);
      expect(expire(10)).toBe(Infinity);
      expect(diary.lines).toEqual(['a expired queue']);
    });

    it('and its late reply meets nobody else', () => {
      sent('a', 10);
      sent('b');
      expire(20);
      const placeholder = wire.shift();
      placeholder.sink.replied(placeholder, 'late', accounts.connection);
      const next = wire.shift();
      next.sink.replied(next, 'own', accounts.connection);
      expect(diary.lines).toEqual(['a expired flight', 'b replied own']);
    });

    it('and is told once only, also when the connection ends later', () => {
      sent('a', 10);
      expire(20);
      expire(40);
      loseRequests(parked, wire, new Error('end'), accounts.connection);
      expect(diary.lines).toEqual(['a expired flight']);
    });

    it('and counts against the queue until the node has answered', () => {
      sent('a', 10);
      queued('b', 10);
      park('c', 10);
      expire(20);
      expect(accounts.leavers).toEqual([
        ['c', false],
        ['b', false],
      ]);
      expect(wire.at(0).size).toBe(10);
    });
  });

  describe('when its caller takes it back', () => {
    it('wherever it is, and no other', () => {
      const [, flying] = [sent('a'), sent('b')];
      const [waiting] = [queued('c'), queued('d')];
      const [early] = [park('e'), park('f')];
      for (const each of [early, waiting, flying]) withdraw(each);
      expect(diary.lines).toEqual([
        'e expired connect',
        'c expired queue',
        'b expired flight',
      ]);
      expect(left()).toEqual(['a', '-', 'd', 'f']);
      expect(accounts.leavers).toEqual([
        ['e', false],
        ['c', false],
      ]);
    });

    it('once', () => {
      const flying = sent('a');
      withdraw(flying);
      withdraw(flying);
      withdraw(request('stranger'));
      expect(diary.lines).toEqual(['a expired flight']);
    });
  });

  it('when its node serves it no more, unless it was written', () => {
    sent('a');
    queued('b');
    queued('c');
    park('d');
    releaseUnsent(parked, wire, new Error('moved'), accounts.connection);
    expect(diary.lines).toEqual([
      'b lost notSent moved',
      'c lost notSent moved',
      'd lost notSent moved',
    ]);
    expect(left()).toEqual(['a']);
  });

  it('when the connection ends, in the order of the calls (conformance 53, 54)', () => {
    sent('a');
    sent('b');
    queued('c');
    park('d');
    loseRequests(parked, wire, new Error('end'), accounts.connection);
    expect(diary.lines).toEqual([
      'a lost unknown end',
      'b lost unknown end',
      'c lost notSent end',
      'd lost notSent end',
    ]);
    expect(left()).toEqual([]);
  });

  it('and may come back at once without being lost twice', () => {
    sent('a');
    park('b');
    diary.onEnd = (each) => {
      if (diary.lines.length < 3) parked.push(each);
    };
    loseRequests(parked, wire, new Error('end'), accounts.connection);
    expect(diary.lines).toHaveLength(2);
    expect(left()).toEqual(['a', 'b']);
  });
});
