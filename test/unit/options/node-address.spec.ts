import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../../../lib/errors/configuration-error.js';
import {
  formatAddress,
  parseAddress,
  parseSeed,
} from '../../../lib/options/node-address.js';

describe('an address', () => {
  it.each([
    ['h:1', { host: 'h', port: 1 }],
    ['10.0.0.1:65535', { host: '10.0.0.1', port: 65_535 }],
    ['[::1]:7000', { host: '::1', port: 7000 }],
    ['::1:7000', { host: '::1', port: 7000 }],
    ['fe80::1%eth0:7000', { host: 'fe80::1%eth0', port: 7000 }],
    [':6381', { host: '', port: 6381 }],
  ])('is read from %s', (text, address) => {
    expect(parseAddress(text)).toEqual(address);
  });

  it.each([
    ['no port', 'h'],
    ['an empty port', 'h:'],
    ['port 0', 'h:0'],
    ['a port beyond 65535', 'h:65536'],
    ['a negative port', 'h:-1'],
    ['a hexadecimal port', 'h:0x10'],
    ['a port with an exponent', 'h:1e3'],
    ['a fraction', 'h:1.5'],
    ['spaces', 'h: 7000'],
    ['an IPv6 host without a port', '::1'],
    ['an unclosed bracket', '[::1:7000'],
    ['two ports', 'h:1:2'],
    ['a user', 'user:secret@h:1'],
  ])('is refused with %s', (_, text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it.each(['h:1', '[2001:db8::1]:7000'])(
    'is written as it is read: %s',
    (t) => {
      expect(formatAddress(parseAddress(t)!)).toBe(t);
    },
  );
});

describe('a seed', () => {
  it.each([
    ['h:7000', 'h', 7000, false],
    ['redis://h:7000', 'h', 7000, false],
    ['redis://h', 'h', 6379, false],
    ['redis://h:7000/', 'h', 7000, false],
    ['redis://h:7000/0', 'h', 7000, false],
    ['rediss://h:7000', 'h', 7000, true],
    ['valkey://h:7000', 'h', 7000, false],
    ['valkeys://h:7000', 'h', 7000, true],
    ['redis://[::1]:7000', '::1', 7000, false],
    ['[::1]:7000', '::1', 7000, false],
    ['::1:7000', '::1', 7000, false],
  ])('%s leads to %s port %i, TLS %s', (seed, host, port, tls) => {
    expect(parseSeed(seed)).toEqual({
      address: { host, port },
      tls,
      credentials: undefined,
    });
  });

  it('may be an object, with or without brackets around IPv6', () => {
    expect(parseSeed({ host: '[::1]', port: 1 }).address.host).toBe('::1');
    expect(parseSeed({ host: '::1', port: 1 }).address.host).toBe('::1');
  });

  it.each([
    ['redis://u:p@h', { username: 'u', password: 'p' }],
    ['redis://:p@h', { password: 'p' }],
    ['redis://u%40x:p%3A%2F%23%25@h', { username: 'u@x', password: 'p:/#%' }],
  ])('carries percent-encoded credentials: %s', (seed, credentials) => {
    expect(parseSeed(seed).credentials).toEqual(credentials);
  });

  it.each([
    ['another scheme', 'http://h:1'],
    ['no host', 'redis://'],
    ['port 0', 'redis://h:0'],
    ['a port beyond 65535', 'redis://h:70000'],
    ['a database', 'redis://h:1/1'],
    ['a query', 'redis://h:1?tls=true'],
    ['a fragment', 'redis://h:1#x'],
    ['a user without a password', 'redis://u@h:1'],
    ['a broken percent code', 'redis://u:%zz@h:1'],
    ['an empty text', ''],
    ['no port', 'h'],
    ['no host before the port', ':7000'],
    ['credentials without a scheme', 'u:p@h:1'],
  ])('is refused with %s', (_, seed) => {
    expect(() => parseSeed(seed)).toThrow(ConfigurationError);
  });

  it.each([
    [null],
    [undefined],
    [7000],
    [{}],
    [{ host: 'h' }],
    [{ host: '', port: 1 }],
    [{ host: 'h', port: 0 }],
    [{ host: 'h', port: '1' }],
    [{ host: 'h', port: NaN }],
    [['h', 1]],
  ])('is refused when it is %j', (seed) => {
    expect(() => parseSeed(seed as never)).toThrow(ConfigurationError);
  });

  it.each([
    'redis://u:s3cret@h:1/5',
    'redis://:s3cret@h:99999',
    'redis://u:a/s3cret@h:1',
    'redis://u:a@s3cret@h:1/2',
    'redis://u:a#s3cret@h:1',
    'redis://u:%zzs3cret@h:1',
    'http://u:s3cret@h:1',
    'u:s3cret@h:1',
    'u:s3cret@h',
  ])('never shows its password in a message: %s', (seed) => {
    let message = '';
    try {
      parseSeed(seed);
    } catch (error) {
      message = (error as Error).message;
    }
    expect(message).toContain('***@h');
    expect(message).not.toContain('s3cret');
  });
});
