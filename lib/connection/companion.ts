/**
 * What goes along with a request, on the same connection and in the same socket
 * write: commands that may block it, for as long as nobody else is there.
 */
export interface Companion {
  /** Something is about to be written: at first that request, then whatever comes behind. */
  writing(): void;
}
