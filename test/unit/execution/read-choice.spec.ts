import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { checkedReadFrom } from '../../../lib/options/read-from.js';
import { readPolicy } from '../../../lib/execution/reads/read-policy.js';

// as plain JavaScript can write them: types refuse them
const asynchronous: () => any = async () => undefined;
const rejecting: () => any = () => Promise.reject(new Error('not read'));

describe('a readFrom function that answers later', () => {
  it('is refused with the options where it is async', () => {
    expect(() => checkedReadFrom(asynchronous)).toThrow(ConfigurationError);
    expect(() => checkedReadFrom(asynchronous)).toThrow(
      /readFrom: .* a Promise/,
    );
  });

  it('fails the read where it only returns a Promise, whose own failure ends nothing', () => {
    const policy = readPolicy(checkedReadFrom(rejecting))!;
    expect(() => policy.eligible([])).toThrow(ConfigurationError);
    expect(() => policy.eligible([])).toThrow(/readFrom: .* a Promise/);
  });
});
