/**
 * Where a caller called, for an error that is told much later. Not in
 * production: it costs 5 to 20 us, and the memory of a
 * stack for as long as one is held.
 */
export function callSite(message: string): Error | undefined {
  return process.env.NODE_ENV === 'production' ? undefined : new Error(message);
}
