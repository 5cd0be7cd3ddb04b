import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import { checkedReadFrom } from '../../../lib/options/read-from.js';
import { readPolicy } from '../../../lib/execution/reads/read-policy.js';

/** As plain JavaScript can write it: types refuse it. */
type Untyped = () => any;

describe('a readFrom function that answers later', () => {
  it('is refused with the options where it is async', () => {
    const choose: Untyped = async () => undefined;
    expect(() => checkedReadFrom(choose)).toThrow(ConfigurationError);
    expect(() => checkedReadFrom(choose)).toThrow(/readFrom: .* a Promise/);
  });

  it('fails the read where it only returns a Promise, whose own failure ends nothing', () => {
    const choose: Untyped = () => Promise.reject(new Error('not read'));
    const policy = readPolicy(checkedReadFrom(choose))!;
    expect(() => policy.eligible([])).toThrow(ConfigurationError);
    expect(() => policy.eligible([])).toThrow(/readFrom: .* a Promise/);
  });
});
