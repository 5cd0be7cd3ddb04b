/**
 * A barrier that goes along with writes, as far as their books have to know it.
 *
 * @internal
 */
export interface WritesRide {
  /** The reply of one of them is being read; tells the turn of the event loop. */
  writeAnswered(): number;
}
