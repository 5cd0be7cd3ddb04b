import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { makeTlsCertificates } from '../../../lib/testing/tls-certificates.js';

describe('makeTlsCertificates', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tls-certificates-'));
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes a certificate for loopback and the host names, signed by an authority of its own', async () => {
    const made = await makeTlsCertificates(join(folder, 'tls'), '.redis.test');
    const authority = new X509Certificate(made.ca);
    const server = new X509Certificate(readFileSync(made.certificateFile));
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(server.checkIP('::1')).toBe('::1');
    expect(server.checkHost('node7.redis.test')).toBe('*.redis.test');
    expect(server.checkHost('example.org')).toBeUndefined();
  });

  it('says so where openssl is missing', async () => {
    vi.stubEnv('PATH', folder);
    await expect(
      makeTlsCertificates(join(folder, 'tls')),
    ).rejects.toMatchObject({
      code: 'CONFIGURATION',
      message: expect.stringContaining('install the package openssl'),
    });
  });
});
