/** A value that can stand on the wire as one argument. */
export type Argument = string | Buffer | number | bigint;
