import { createHash, randomBytes } from 'node:crypto';
import type { LocalRedisUser } from './local-redis-cluster-options.js';

/** The users of one cluster: those asked for, and two that the cluster itself needs. @internal */
export interface AccessControl {
  /** The content of each node's ACL file. */
  readonly file: string;
  /** May do everything: the cluster's own admin connections. */
  readonly admin: { readonly username: string; readonly password: string };
  /** May follow the replication stream, and no more. */
  readonly replication: {
    readonly username: string;
    readonly password: string;
  };
}

/** @internal */
export function makeAccessControl(
  users: readonly LocalRedisUser[],
): AccessControl {
  const admin = {
    username: 'local-cluster-admin',
    password: randomBytes(16).toString('hex'),
  };
  const replication = {
    username: 'local-cluster-replication',
    password: randomBytes(16).toString('hex'),
  };
  const lines = users.map(({ name, password, rules = '~* &* +@all' }) =>
    userLine(name, password, rules),
  );
  if (!users.some(({ name }) => name === 'default')) {
    lines.push('user default off');
  }
  lines.push(
    userLine(admin.username, admin.password, '~* &* +@all'),
    userLine(
      replication.username,
      replication.password,
      '+psync +replconf +ping',
    ),
  );
  return { file: `${lines.join('\n')}\n`, admin, replication };
}

/** The hash instead of the password: the file's words are split at spaces. */
function userLine(name: string, password: string, rules: string): string {
  const hash = createHash('sha256').update(password).digest('hex');
  return `user ${name} on #${hash} ${rules}`;
}
