import { describe, expect, it } from 'vitest';
import { nearestName } from '../../../lib/options/nearest-name.js';

const NAMES = ['nodes', 'password', 'commandTimeoutMs', 'connectTimeoutMs'];

describe('the nearest name', () => {
  it.each([
    ['node', 'nodes'],
    ['pasword', 'password'],
    ['commandTimeout', 'commandTimeoutMs'],
    ['COMMANDTIMEOUTMS', 'commandTimeoutMs'],
    ['conectTimeoutMs', 'connectTimeoutMs'],
  ])('of %s is %s', (typed, name) => {
    expect(nearestName(typed, NAMES)).toBe(name);
  });

  it.each(['', 'x', 'keyPrefix', 'enableReadyCheck'])(
    'of %j is none, as none is close',
    (typed) => {
      expect(nearestName(typed, NAMES)).toBeUndefined();
    },
  );
});
