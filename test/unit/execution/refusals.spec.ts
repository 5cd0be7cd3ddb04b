import { describe, expect, it } from 'vitest';
import { classifyRefusal } from '../../../lib/execution/calls/refusals.js';
import { ErrorReply } from '../../../lib/protocol/error-reply.js';

const classify = (message: string, slot = 5, runsScript = false) =>
  classifyRefusal(new ErrorReply(message), slot, runsScript);

const final = { kind: 'final' };

describe('an error reply', () => {
  it.each([
    ['TRYAGAIN Multiple keys request during rehashing of slot', false],
    ['LOADING Redis is loading the dataset in memory', false],
    ['BUSY Redis is busy running a script.', false],
    ['ERR max number of clients reached', false],
    ['CLUSTERDOWN The cluster is down', true],
    ['MASTERDOWN Link with MASTER is down', true],
    ["READONLY You can't write against a read only replica.", true],
    [
      'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
      true,
    ],
  ])(
    '%s is retried; with a refresh: %s (conformance 45, 46, 47)',
    (message, refresh) => {
      expect(classify(message)).toEqual({ kind: 'retry', refresh });
    },
  );

  it.each([
    'ERR syntax error',
    'WRONGTYPE Operation against a key',
    'BUSYGROUP Consumer Group name already exists',
    'BUSYKEY Target key name already exists.',
    'LOADINGX',
    'tryagain lower case',
    ' TRYAGAIN',
    'UNBLOCKED client unblocked via CLIENT UNBLOCK',
    'NOSCRIPT No matching script.',
    'CROSSSLOT Keys in request do not hash to the same slot',
    'NOPERM this user has no permissions',
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair',
    'NOPROTO unsupported protocol version',
    'DENIED Redis is running in protected mode',
    'OOM command not allowed',
    'MISCONF Redis is configured to save RDB snapshots',
    'NOREPLICAS Not enough good replicas to write.',
    'EXECABORT Transaction discarded because of previous errors.',
    "ERR unknown command 'x'",
    "ERR wrong number of arguments for 'get' command",
    '__proto__ x',
    'constructor',
    '',
  ])('%s is final', (message) => {
    expect(classify(message)).toEqual(final);
  });

  it.each([
    ['MOVED 5 h:1', 'moved', { host: 'h', port: 1 }],
    ['ASK 5 h:1', 'ask', { host: 'h', port: 1 }],
    ['MOVED 5 ::1:7000', 'moved', { host: '::1', port: 7000 }],
    ['MOVED 5 [::1]:7000', 'moved', { host: '::1', port: 7000 }],
    ['MOVED 5 :6381', 'moved', { host: '', port: 6381 }],
    ['MOVED 5 ?:6381', 'moved', { host: '', port: 6381 }],
    ['MOVED 5 h:1 more to come', 'moved', { host: 'h', port: 1 }],
  ])(
    '%s leads elsewhere (conformance 37, 39, 42)',
    (message, kind, address) => {
      expect(classify(message)).toEqual({ kind, slot: 5, address });
    },
  );

  it.each([
    '__proto__',
    'constructor',
    '-1',
    '16384',
    '99999',
    '999999999',
    'NaN',
    'Infinity',
    '5.0',
    '5e0',
    '0x5',
    '',
  ])('with the slot %j is no redirect (conformance 40)', (slot) => {
    expect(classify(`MOVED ${slot} h:1`, -1)).toEqual(final);
    expect(classify(`ASK ${slot} h:1`, -1)).toEqual(final);
  });

  it.each([
    'MOVED',
    'MOVED 5',
    'MOVED 5 h',
    'MOVED 5 h:',
    'MOVED 5 h:0',
    'MOVED 5 h:99999',
    'MOVED 5 h:x',
  ])('%s is no redirect (conformance 40)', (message) => {
    expect(classify(message)).toEqual(final);
  });

  it('names the slot of the command, or is none of its own', () => {
    expect(classify('MOVED 6 h:1', 5)).toEqual(final);
    expect(classify('MOVED 6 h:1', -1)).toMatchObject({ slot: 6 });
    expect(classify('MOVED 0 h:1', 0)).toMatchObject({ slot: 0 });
    expect(classify('MOVED 16383 h:1', 16_383)).toMatchObject({ slot: 16_383 });
  });

  const SUFFIX = ' script: 2a3c, on @user_script:1.';

  it.each(['TRYAGAIN x', 'MOVED 5 h:1', 'READONLY x', 'CLUSTERDOWN x'])(
    '%s that a script made is final',
    (message) => {
      expect(classify(message + SUFFIX, 5, true)).toEqual(final);
      expect(classify(message, 5, true)).not.toEqual(final);
    },
  );

  it.each(['MOVED 5 h:1', 'ASK 5 h:1'])(
    '%s of a script without keys is final: it has no slot that could be elsewhere',
    (message) => {
      expect(classify(message, -1, true)).toEqual(final);
      expect(classify(message, -1, false)).not.toEqual(final);
    },
  );

  it('of another command may hold the same words', () => {
    expect(classify(`TRYAGAIN x${SUFFIX}`)).toMatchObject({ kind: 'retry' });
  });
});
