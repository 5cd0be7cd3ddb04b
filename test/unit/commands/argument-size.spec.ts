import { describe, expect, it } from 'vitest';
import { commandOfWords } from '../../../lib/client/commands.js';
import { fits } from '../../../lib/commands/argument-checks.js';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { ProtocolLimit } from '../../../lib/protocol/limits.js';
import { RecordingHost } from './recording-host.js';

// zeroed on demand by the system: nothing of them is touched
const LARGEST = Buffer.alloc(ProtocolLimit.bulkLength);
const TOO_LARGE = Buffer.alloc(ProtocolLimit.bulkLength + 1);
const TEXT =
  'has 536870913 bytes, and servers take 536870912 at most (512 MiB)';

describe('how large an argument may be', () => {
  it('is counted in bytes, not in characters', () => {
    expect(fits('aaaa', 4)).toBe(true);
    expect(fits('aaaaa', 4)).toBe(false);
    expect(fits('éé', 4)).toBe(true);
    expect(fits('ééa', 4)).toBe(false);
    expect(fits('€', 3)).toBe(true);
    expect(fits('€', 2)).toBe(false);
    expect(fits('😀', 4)).toBe(true);
    expect(fits('😀', 3)).toBe(false);
    expect(fits(Buffer.alloc(4), 4)).toBe(true);
    expect(fits(Buffer.alloc(5), 4)).toBe(false);
  });

  it('is the default of proto-max-bulk-len: 512 MiB, and not a byte less', async () => {
    const host = new RecordingHost();
    await host.set('key', LARGEST);
    expect(host.calls).toHaveLength(1);
    expect(commandOfWords(['SET', 'key', LARGEST])).not.toBeInstanceOf(
      ConfigurationError,
    );
  });

  it.each<[string, (host: RecordingHost) => Promise<unknown>, string]>([
    ['a value', (h) => h.set('key', TOO_LARGE), 'SET: value'],
    ['a key', (h) => h.get(TOO_LARGE), 'GET: key'],
    ['an element', (h) => h.rpush('k', 'a', TOO_LARGE), 'RPUSH: elements[1]'],
    [
      'one of a list',
      (h) => h.rpush('k', ['a', TOO_LARGE]),
      'RPUSH: elements[1]',
    ],
    [
      'one of several pairs',
      (h) => h.mset(new Map([['a', TOO_LARGE]])),
      'MSET: the value in entries[0]',
    ],
    [
      'an argument of a script',
      (h) => h.eval('return 1', [], [TOO_LARGE]),
      'EVAL: args[0]',
    ],
    [
      'the value of an option',
      (h) => h.sort('k', { by: TOO_LARGE }),
      'SORT: by',
    ],
    ['a document', (h) => h.jsonSet('k', '$', TOO_LARGE), 'JSON.SET: value'],
  ])('is refused above, before anything is sent: %s', async (_, call, what) => {
    const host = new RecordingHost();
    const error: unknown = await call(host).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConfigurationError);
    expect((error as Error).message).toBe(`${what} ${TEXT}`);
    expect(host.calls).toEqual([]);
  });

  it('is refused above in words of call() too', () => {
    expect(commandOfWords(['SET', 'key', TOO_LARGE])).toMatchObject({
      code: 'CONFIGURATION',
      command: 'SET',
      message: `SET: argument 2 ${TEXT}`,
    });
  });
});
