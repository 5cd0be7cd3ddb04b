import { describe, expect, it } from 'vitest';
import type { Argument } from '../../../lib/commands/command-spec.js';
import { findCommand } from '../../../lib/commands/command-table.js';
import { ClosedError } from '../../../lib/errors/closed-error.js';
import { FanOutError } from '../../../lib/errors/fan-out-error.js';
import { OutcomeUnknownError } from '../../../lib/errors/outcome-unknown-error.js';
import { ReplyError } from '../../../lib/errors/reply-error.js';
import { FanOut } from '../../../lib/execution/fan-outs/fan-out.js';
import {
  rejectPart,
  resolvePart,
} from '../../../lib/execution/calls/settle-part.js';
import { planCommand } from '../../../lib/routing/plan.js';
import { madeUpCall } from './made-up-call.js';

const SKIP = Symbol('skip');
const noResend = () => Promise.reject(new Error('not here'));
const settlers = { resolve: resolvePart, reject: rejectPart };

/** Ends the parts, which are on nodes h:0, h:1 ..., with a reply, an error, or not at all. */
function end(fanOut: FanOut, ends: readonly unknown[]): void {
  ends.forEach((how, part) => {
    const call = fanOut.parts[part]!;
    if (how === SKIP) fanOut.leaveOut(part);
    else if (how instanceof Error) call.reject(how);
    else call.resolve(how);
  });
}

/** A fan-out to as many nodes as there are ends. */
function fanOutOf(words: Argument[], ...ends: unknown[]): Promise<unknown> {
  const { spec } = findCommand(words)!;
  return new Promise((resolve, reject) => {
    const fanOut = new FanOut(
      spec,
      undefined,
      { resolve, reject },
      0,
      noResend,
    );
    ends.forEach((_, nth) => {
      fanOut.add(madeUpCall(words, { ...settlers, node: `h:${nth}` }));
    });
    end(fanOut, ends);
  });
}

/** A split over as many slots as there are ends, each on a node of its own. */
const splitOf = (words: Argument[], ...ends: unknown[]): Promise<unknown> =>
  splitOver((nth) => `h:${nth}`, words, ends);

const secondAlone = (nth: number): string => (nth === 1 ? 'h:1' : 'h:0');

function splitOver(
  nodeOf: (nth: number) => string,
  words: Argument[],
  ends: readonly unknown[],
): Promise<unknown> {
  const { spec, args } = findCommand(words)!;
  const plan = planCommand(spec, args, true);
  if (plan.kind !== 'split') throw new Error('is no split');
  return new Promise((resolve, reject) => {
    const split = new FanOut(
      spec,
      plan.parts,
      { resolve, reject },
      0,
      noResend,
    );
    plan.parts.forEach((part, nth) => {
      const { slot } = part;
      const facts = { ...settlers, slot, node: nodeOf(nth) };
      split.add(madeUpCall([...spec.words, ...part.args], facts));
    });
    end(split, ends);
  });
}

const failure = async (promise: Promise<unknown>): Promise<FanOutError> => {
  const error = await promise.then(
    () => new Error('succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof FanOutError) return error;
  throw error as Error;
};

const oom = new ReplyError('OOM full');
const notBusy = new ReplyError('NOTBUSY No scripts in execution right now.');

describe('a fan-out', () => {
  it('gives one reply when all nodes have answered', async () => {
    await expect(fanOutOf(['DBSIZE'], 1, 2, 3)).resolves.toBe(6);
  });

  it('holds what every node said when one fails (conformance 81, 86)', async () => {
    const error = await failure(fanOutOf(['FLUSHALL'], 'OK', oom, 'OK'));
    expect(error.message).toBe(
      'FLUSHALL failed on 1 of 3 nodes: h:1: OOM full',
    );
    expect(error.parts).toEqual([
      { node: 'h:0', reply: 'OK', outcome: 'applied' },
      { node: 'h:1', error: oom, outcome: 'failed' },
      { node: 'h:2', reply: 'OK', outcome: 'applied' },
    ]);
    expect(error.errors).toEqual([oom]);
    expect(error.command).toBe('FLUSHALL');
  });

  it('shows five nodes of many in its message', async () => {
    const error = await failure(
      fanOutOf(['FLUSHALL'], ...Array.from({ length: 8 }, () => oom)),
    );
    expect(error.message).toContain('and 3 more');
    expect(error.parts).toHaveLength(8);
  });

  it('leaves skipped replicas out of its reply and of its error', async () => {
    await expect(fanOutOf(['SCRIPT', 'LOAD', 's'], 'sha', SKIP)).resolves.toBe(
      'sha',
    );
    const error = await failure(
      fanOutOf(['CONFIG', 'SET', 'a', 'b'], oom, SKIP),
    );
    expect(error.message).toContain('1 of 1 nodes');
    expect(error.parts).toHaveLength(1);
  });

  it('shows the replies that do not agree', async () => {
    const error = await failure(
      fanOutOf(['SCRIPT', 'LOAD', 's'], 'a', Object.create(null)),
    );
    expect(error.message).toMatch(
      /different replies to SCRIPT LOAD: h:0: 'a'; h:1: /,
    );
  });

  it('shows replies that its policy cannot merge, and nothing breaks', async () => {
    for (const replies of [
      [1, null],
      [1, 'one'],
      [[1], [1, 2]],
      [{ a: 1 }, { a: 2 }],
      [1n, 0.5],
    ]) {
      const error = await failure(fanOutOf(['DBSIZE'], ...replies));
      expect(error.parts.map(({ reply }) => reply)).toEqual(replies);
      expect(error.message).toContain('h:1: ');
      expect(error.partialReply).toBeUndefined();
    }
  });

  it.each([
    [[notBusy, 'OK', notBusy]],
    [['OK', new Error('dead')]],
    [[SKIP, notBusy, 'OK']],
  ])(
    'of SCRIPT KILL succeeds when one node does: %o (conformance 80)',
    async (ends) => {
      await expect(fanOutOf(['SCRIPT', 'KILL'], ...ends)).resolves.toBe('OK');
    },
  );

  it.each([[[notBusy, notBusy]], [[notBusy, SKIP]], [[SKIP, notBusy, SKIP]]])(
    'of SCRIPT KILL is NOTBUSY when nothing runs: %o (conformance 80)',
    async (ends) => {
      await expect(fanOutOf(['SCRIPT', 'KILL'], ...ends)).rejects.toBe(notBusy);
    },
  );

  it('of SCRIPT KILL tells of the node that could not be asked', async () => {
    const error = await failure(
      fanOutOf(['SCRIPT', 'KILL'], notBusy, new Error('dead')),
    );
    expect(error.parts).toMatchObject([{ error: notBusy }, { node: 'h:1' }]);
  });
});

describe('a split', () => {
  it('gives its values in the order of the call (conformance 65)', async () => {
    await expect(
      splitOf(['MGET', '{a}1', '{b}1', '{a}2'], ['1', '3'], [null]),
    ).resolves.toEqual(['1', null, '3']);
  });

  it('tells which keys were applied, failed, or are unknown (conformance 67)', async () => {
    const raw = Buffer.from('{c}1');
    const unknown = new OutcomeUnknownError('lost');
    const words = ['MSET', '{a}1', 1, '{b}1', 2, raw, 3, '{a}2', 4];
    const error = await failure(splitOf(words, 'OK', oom, unknown));
    expect(error.keys).toEqual({
      applied: ['{a}1', '{a}2'],
      failed: ['{b}1'],
      unknown: [raw],
    });
    expect(error.message).toMatch(/^MSET failed on 2 of 3 parts: h:1: OOM/);
    expect(error.replies).toEqual({ 'h:0': 'OK' });
    expect(error.errorsByNode).toEqual({ 'h:1': oom, 'h:2': unknown });
  });

  it('has one reply of a node with several parts: theirs, merged', async () => {
    // the second part, that of b, fails, and is on a node of its own
    const keys = ['{d}1', '{b}1', '{a}1', '{c}1', '{d}2'];
    const mgetEnds = [['d1', 'd2'], oom, ['a1'], [null]];
    const mget = await failure(
      splitOver(secondAlone, ['MGET', ...keys], mgetEnds),
    );
    expect(mget.replies).toEqual({ 'h:0': ['d1', 'a1', null, 'd2'] });
    expect(mget.errorsByNode).toEqual({ 'h:1': oom });
    const del = await failure(
      splitOver(secondAlone, ['DEL', ...keys], [2, oom, 1, 0]),
    );
    expect(del.replies).toEqual({ 'h:0': 3 });
  });

  it('shows the first error of a node with several, and has all', async () => {
    const second = new ReplyError('WRONGTYPE no');
    const error = await failure(
      splitOver(() => 'h:0', ['MGET', 'a', 'b'], [oom, second]),
    );
    expect(error.errorsByNode).toEqual({ 'h:0': oom });
    expect(error.errors).toEqual([oom, second]);
    expect(error.replies).toEqual({});
  });

  it('lists more keys than a call can have arguments', () => {
    const keys = Array.from({ length: 200_000 }, (_, nth) => `{a}${nth}`);
    const part = { node: 'h:0', slot: 15_495, outcome: 'failed' } as const;
    const error = new FanOutError('made up', [{ ...part, keys, error: oom }]);
    expect(error.keys.failed).toHaveLength(200_000);
  });

  it('has the slots of what was applied, failed, or is unknown', async () => {
    const unknown = new OutcomeUnknownError('lost');
    const error = await failure(
      splitOf(['DEL', '{a}1', '{b}1', '{c}1'], 1, oom, unknown),
    );
    expect(error.slots).toEqual({
      applied: [15_495],
      failed: [3_300],
      unknown: [7_365],
    });
    expect(error.partialReply).toBe(1);
  });

  it('keeps the values that came, with undefined at the places of the others', async () => {
    const error = await failure(
      splitOf(['MGET', '{b}1', '{a}1', '{b}2', '{a}2'], oom, ['1', null]),
    );
    expect(error.partialReply).toStrictEqual([undefined, '1', undefined, null]);
    const none = await failure(splitOf(['MGET', '{b}1', '{a}1'], oom, oom));
    expect(none.partialReply).toBeUndefined();
  });

  it('shows neither its values nor its way to retry where an error is printed', async () => {
    const error = await failure(splitOf(['MGET', '{b}1', '{a}1'], oom, ['1']));
    expect(Object.keys(error)).not.toContain('partialReply');
    expect(Object.keys(error)).not.toContain('retry');
  });

  it('is unknown where the end of the client cut a write off', async () => {
    const { spec, args } = findCommand(['DEL', '{a}1', '{b}1'])!;
    const plan = planCommand(spec, args, true);
    if (plan.kind !== 'split') throw new Error('is no split');
    const error = await failure(
      new Promise((resolve, reject) => {
        const settle = { resolve, reject };
        const split = new FanOut(spec, plan.parts, settle, 0, noResend);
        for (const { slot } of plan.parts) {
          split.add(madeUpCall(['DEL', 'k'], { ...settlers, slot }));
        }
        split.parts[0]!.mayHaveRun = true;
        end(split, [new ClosedError('closed'), new ClosedError('closed')]);
      }),
    );
    expect(error.parts.map(({ outcome }) => outcome)).toEqual([
      'unknown',
      'failed',
    ]);
  });

  it('counts the attempts of all parts', async () => {
    const error = await failure(splitOf(['DEL', 'a', 'b'], 1, oom));
    expect(error.attempts).toBe(0);
    expect(error.parts.map(({ slot }) => slot)).not.toContain(undefined);
  });
});
