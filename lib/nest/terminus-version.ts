import { createRequire } from 'node:module';

let knowsDegraded: boolean | undefined;

/**
 * Whether the installed Terminus knows the status `degraded` (12.0). Version
 * 11 drops an entry with a status it does not know, which would make a
 * degraded cluster vanish from the answer. Only its version is read: it is an
 * optional peer and must not be imported.
 *
 * @internal
 */
export function terminusKnowsDegraded(): boolean {
  if (knowsDegraded === undefined) {
    try {
      const { version } = createRequire(import.meta.url)(
        '@nestjs/terminus/package.json',
      ) as { version: string };
      knowsDegraded = Number.parseInt(version, 10) >= 12;
    } catch {
      knowsDegraded = false;
    }
  }
  return knowsDegraded;
}
