/**
 * An error the server sent, as a value: it may stand inside an array (EXEC,
 * scripts) and most redirects never reach a caller, so no stack is captured.
 * Execution turns the ones that do reach a caller into a `ReplyError`.
 */
export class ErrorReply {
  /** The server's text, unchanged. */
  readonly message: string;
  /** The first word of the text: `MOVED`, `WRONGTYPE`, `ERR` ... */
  readonly prefix: string;

  constructor(message: string) {
    this.message = message;
    const space = message.indexOf(' ');
    this.prefix = space === -1 ? message : message.slice(0, space);
  }
}
