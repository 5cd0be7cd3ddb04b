/** A value that can stand on the wire as one argument. */
export type Argument = string | Buffer | number | bigint;

/** Whether two arguments are the same bytes on the wire. */
export function isSameArgument(left: Argument, right: Argument): boolean {
  return left === right || bytesOf(left).equals(bytesOf(right));
}

function bytesOf(argument: Argument): Buffer {
  return Buffer.isBuffer(argument) ? argument : Buffer.from(String(argument));
}
