/**
 * What goes along with requests, on the same connection and in the same socket
 * write: commands that may block it, for as long as nobody else is there.
 */
export interface Companion {
  /**
   * Something is about to be written: at first those requests, then whatever
   * comes behind.
   *
   * @returns false where it is to wait; the companion has it written later
   */
  writing(): boolean;
}
