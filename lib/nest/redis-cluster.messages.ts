import { DEFAULT_CLUSTER_NAME } from './redis-cluster.constants.js';

const called = (name: string): string =>
  name === DEFAULT_CLUSTER_NAME ? 'the cluster' : `the cluster '${name}'`;

const seconds = (ms: number): string => `${Math.ceil(ms / 1_000)} s`;

export const NO_ASYNC_SOURCE =
  'RedisClusterModule.forRootAsync() needs exactly one of useFactory, useClass and useExisting';

export const badBootPolicy = (boot: unknown): string =>
  `boot must be 'wait', 'fail' or 'lazy', not ${String(boot)}`;

export const badDrain = (drainMs: unknown): string =>
  `drainMs must be a whole number of milliseconds from 0, not ${String(drainMs)}`;

export const connected = (name: string, elapsedMs: number): string =>
  `Connected to ${called(name)} in ${elapsedMs} ms`;

export const connectFailed = (name: string, reason: string): string =>
  `Could not connect to ${called(name)}: ${reason}`;

export const firstAttemptFailed = (reason: string): string =>
  `No node of the cluster answered (${reason})`;

export const notConnectedYet = (
  name: string,
  reason: string,
  leftMs: number,
): string =>
  `Not connected to ${called(name)} yet${reason === '' ? '' : ` (${reason})`}. Trying for ${seconds(leftMs)} more`;

export const closed = (name: string): string => `Closed ${called(name)}`;

export const closeFailed = (name: string, reason: string): string =>
  `Closing ${called(name)} failed: ${reason}`;

export const alreadyRegistered = (name: string): string =>
  `${called(name)} is registered by more than one forRoot() or forRootAsync(): ` +
  'each makes a client of its own. Import the module once, or give each a name';

export const notAMethod = (
  decorator: string,
  member: string,
  found: 'class' | 'property' | 'accessor',
): string => {
  const advice = {
    class: 'Decorate each of its methods that writes',
    property: 'Write a method in place of the function that it holds',
    accessor: 'Write a method that returns a promise or an Observable',
  };
  return `${member}: ${decorator} works on methods, and this is no method but ${found === 'accessor' ? 'an' : 'a'} ${found}. ${advice[found]}`;
};

export const isGenerator = (decorator: string, member: string): string =>
  `${member}: ${decorator} cannot cover a generator, whose body runs after it returned. ` +
  'Return a promise or an Observable';

export const badRequirement = (
  decorator: string,
  member: string,
  problem: string,
): string => `${member}: ${decorator}: ${problem}`;

export const badClientName = (
  decorator: string,
  member: string,
  client: unknown,
): string =>
  `${member}: the client of ${decorator} must be the name of a registered cluster, not ${String(client)}`;

export const badHook = (decorator: string, member: string): string =>
  `${member}: onReport of ${decorator} must be a function`;

export const hookFailed = (member: string, reason: string): string =>
  `${member}: onReport failed, which changes nothing for its callers: ${reason}`;

export const tooManyReplicas = (
  decorator: string,
  member: string,
  name: string,
  required: number,
  most: number,
): string =>
  `${member}: ${decorator} requires ${required} ${required === 1 ? 'replica' : 'replicas'}, ` +
  `but no shard of ${called(name)} has more than ${most}: every call that writes to it will fail. ` +
  "Add replicas, or require fewer ('majority' and 'all' follow what each shard has)";

export const nothingWritten = (decorator: string, member: string): string =>
  `${member}: an Observable under ${decorator} completed and nothing had been written inside its scope. ` +
  'A hot Observable (a Subject, or one behind share()) writes outside of it and is not covered. ' +
  'This is said once per method, and not in production';

const repeatWithCare = (applied: 'yes' | 'unknown'): string =>
  (applied === 'yes'
    ? 'The writes were executed and may stand'
    : 'Whether all writes were executed is unknown') +
  ': repeat the request only if doing it twice is harmless';

export const persistenceFailed = (
  timeoutMs: number,
  applied: 'yes' | 'unknown',
): string =>
  `The writes are not known to be on the required disks within ${timeoutMs} ms. ${repeatWithCare(applied)}`;

export const replicationFailed = (
  required: number,
  acknowledged: number,
  timeoutMs: number,
  applied: 'yes' | 'unknown',
): string =>
  `${acknowledged} of ${required} required ${required === 1 ? 'replica' : 'replicas'} acknowledged the writes within ${timeoutMs} ms. ` +
  repeatWithCare(applied);
