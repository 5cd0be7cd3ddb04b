import type { ClientProcess } from './client-process.js';

/** What one measurement says, and whether what is promised holds. */
export interface MeasureResult {
  readonly title: string;
  readonly says: string;
  readonly holds: boolean;
}

/** Measures one promise with a client in a process of its own. */
export interface Measure {
  readonly title: string;
  run(process: ClientProcess): Promise<Omit<MeasureResult, 'title'>>;
}
