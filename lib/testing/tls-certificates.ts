import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ConfigurationError } from '../errors/configuration-error.js';

const run = promisify(execFile);

/** A certificate authority made for one cluster, and the certificate all its nodes show. @internal */
export interface TlsCertificates {
  /** The authority's certificate, PEM. */
  readonly ca: string;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
}

/**
 * Node has no X.509 writer, so `openssl` makes the certificates. They name the
 * loopback addresses, `localhost` and every host below the suffix.
 *
 * @param directory takes the files
 * @param hostnameSuffix with its leading dot
 * @internal
 */
export async function makeTlsCertificates(
  directory: string,
  hostnameSuffix?: string,
): Promise<TlsCertificates> {
  mkdirSync(directory, { mode: 0o700 });
  const names = ['DNS:localhost', 'IP:127.0.0.1', 'IP:::1'];
  if (hostnameSuffix !== undefined) names.push(`DNS:*${hostnameSuffix}`);
  // a configuration of our own: the system's may lack the extensions
  writeFileSync(
    join(directory, 'openssl.cnf'),
    [
      '[req]',
      'distinguished_name = dn',
      '[dn]',
      '[ca]',
      'basicConstraints = critical,CA:TRUE',
      'keyUsage = critical,keyCertSign',
      'subjectKeyIdentifier = hash',
      '[server]',
      'basicConstraints = CA:FALSE',
      `subjectAltName = ${names.join(',')}`,
      '',
    ].join('\n'),
  );
  const openssl = (...args: string[]): Promise<unknown> =>
    run('openssl', args, { cwd: directory });
  const key = (name: string): Promise<unknown> =>
    openssl(
      'ecparam',
      '-name',
      'prime256v1',
      '-genkey',
      '-noout',
      '-out',
      name,
    );
  const config = ['-config', 'openssl.cnf'];
  try {
    await Promise.all([key('ca.key'), key('server.key')]);
    await Promise.all([
      openssl(
        'req',
        '-x509',
        '-new',
        '-key',
        'ca.key',
        '-sha256',
        '-days',
        '3650',
        '-subj',
        '/CN=nest-redis-cluster test CA',
        '-extensions',
        'ca',
        '-out',
        'ca.crt',
        ...config,
      ),
      openssl(
        'req',
        '-new',
        '-key',
        'server.key',
        '-subj',
        '/CN=localhost',
        '-out',
        'server.csr',
        ...config,
      ),
    ]);
    await openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-sha256',
      '-days',
      '3650',
      '-extfile',
      'openssl.cnf',
      '-extensions',
      'server',
      '-out',
      'server.crt',
    );
  } catch (error) {
    throw new ConfigurationError(
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? 'A local cluster with TLS needs the program openssl for its certificates, and it is not on the PATH: install the package openssl'
        : `openssl could not make the certificates: ${(error as Error).message}`,
      { cause: error },
    );
  }
  const file = (name: string): string => join(directory, name);
  return {
    ca: readFileSync(file('ca.crt'), 'utf8'),
    caFile: file('ca.crt'),
    certificateFile: file('server.crt'),
    keyFile: file('server.key'),
  };
}
