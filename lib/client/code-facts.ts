import { ConfigurationError } from '../errors/configuration-error.js';

/** What is said of a script, or of a function of a library. */
export const CODE_FACTS = ['numberOfKeys', 'readOnly', 'reply'] as const;

/** @throws {ConfigurationError} for what is no number of keys, no boolean or no function */
export function checkCodeFacts(
  what: string,
  facts: Readonly<Partial<Record<(typeof CODE_FACTS)[number], unknown>>>,
): void {
  const { numberOfKeys = 0, readOnly = false, reply } = facts;
  let problem: string | undefined;
  if (!Number.isSafeInteger(numberOfKeys) || (numberOfKeys as number) < 0) {
    problem = 'numberOfKeys must be a whole number from 0';
  } else if (typeof readOnly !== 'boolean') {
    problem = 'readOnly must be true or false';
  } else if (reply !== undefined && typeof reply !== 'function') {
    problem = 'reply must be a function';
  }
  if (problem !== undefined)
    throw new ConfigurationError(`${what}: ${problem}`);
}
