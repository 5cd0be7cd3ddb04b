import { join } from 'node:path';
import { BUS_PORT_OFFSET } from './port-block.js';
import type { LocalRedisNode } from './local-redis-node.js';
import type { Settings } from './local-redis-cluster-options.js';
import type { AccessControl } from './access-control.js';
import type { TlsCertificates } from './tls-certificates.js';

/**
 * While the cluster forms, pings (each half node timeout) spread the roles,
 * so a short timeout makes it ready sooner; and with full coverage a primary
 * that hears of a neighbour's demotion before the promotion would be down for 2 s.
 * The wanted values are set afterwards.
 */
export const FORMING_NODE_TIMEOUT_MS = 500;

/** The command line of one node. @internal */
export function serverArguments(
  node: LocalRedisNode,
  settings: Settings,
  forming: boolean,
  access: AccessControl | undefined,
  certificates: TlsCertificates | undefined,
): string[] {
  const { host, port, hostname, directory } = node;
  const args = {
    bind: host,
    port: certificates === undefined ? port : 0,
    'cluster-port': port + BUS_PORT_OFFSET,
    dir: directory,
    daemonize: 'no',
    save: '',
    appendonly: 'no',
    'protected-mode': 'no',
    'cluster-enabled': 'yes',
    'cluster-config-file': 'nodes.conf',
    'cluster-announce-ip': host,
    'cluster-node-timeout': forming
      ? Math.min(FORMING_NODE_TIMEOUT_MS, settings.nodeTimeoutMs)
      : settings.nodeTimeoutMs,
    'cluster-require-full-coverage': yesNo(
      settings.requireFullCoverage && !forming,
    ),
    'cluster-allow-replica-migration': yesNo(settings.replicaMigration),
    // the short timeout takes a node that is only slow for dead: the roles stay
    'cluster-replica-no-failover': yesNo(forming),
    // a replica that was frozen for long may still be promoted
    'cluster-replica-validity-factor': 0,
    // by the diskless way the first acknowledgement comes after 1 s
    'repl-diskless-sync': 'no',
    'repl-diskless-sync-delay': 0,
    'repl-diskless-load': 'on-empty-db',
    'repl-ping-replica-period': 1,
    ...(hostname === undefined
      ? {}
      : {
          'cluster-announce-hostname': hostname,
          'cluster-preferred-endpoint-type': 'hostname',
        }),
    ...(certificates === undefined
      ? {}
      : {
          'tls-port': port,
          'tls-cluster': 'yes',
          'tls-replication': 'yes',
          'tls-auth-clients': 'no',
          'tls-cert-file': certificates.certificateFile,
          'tls-key-file': certificates.keyFile,
          'tls-ca-cert-file': certificates.caFile,
        }),
    ...(access === undefined
      ? {}
      : {
          aclfile: join(directory, 'users.acl'),
          masteruser: access.replication.username,
          masterauth: access.replication.password,
        }),
  };
  return [
    ...Object.entries(args).flatMap(([name, value]) => [
      `--${name}`,
      String(value),
    ]),
    ...settings.args,
  ];
}

function yesNo(value: boolean): 'yes' | 'no' {
  return value ? 'yes' : 'no';
}
