import { randomUUID } from 'node:crypto';

/** What to type first, with the address this application listens on. */
export function thingsToTry(url: string): string {
  const id = randomUUID();
  const body = JSON.stringify({
    event: 'low-tide',
    seat: 'A7',
    customer: 'ann',
  });
  return [
    `The ticket office is open: ${url}`,
    '',
    '  # reserve a seat; answered once a replica has it',
    `  curl -X PUT ${url}/reservations/${id} -H 'content-type: application/json' -d '${body}'`,
    '  # read it back, alone and in the list of its customer',
    `  curl ${url}/reservations/${id}`,
    `  curl ${url}/customers/ann/reservations`,
    '  # how the cluster is',
    `  curl ${url}/health`,
    '',
  ].join('\n');
}
