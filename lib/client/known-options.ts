import { ConfigurationError } from '../errors/configuration-error.js';
import { nearestName } from '../options/nearest-name.js';

/**
 * Refuses options that are none: a name that is misspelled would be ignored
 * otherwise, and the default taken.
 *
 * @param method what they were given to
 * @throws {ConfigurationError}
 */
export function checkOptions(
  method: string,
  options: unknown,
  known: readonly string[],
): void {
  if (typeof options !== 'object' || options === null) {
    throw new ConfigurationError(`${method}: expected an object of options`);
  }
  for (const name of Object.keys(options)) {
    if (known.includes(name)) continue;
    const nearest = nearestName(name, known);
    throw new ConfigurationError(
      `${method}: unknown option '${name}'` +
        (nearest === undefined
          ? `; there are ${known.join(', ')}`
          : `; did you mean '${nearest}'?`),
    );
  }
}
