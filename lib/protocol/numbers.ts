import { ProtocolError } from './protocol-error.js';

const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;

/** Decimal digits that always fit in a double exactly. */
const EXACT_DIGITS = 15;

/**
 * The integer in `bytes[start..end)`: a number where a number holds it
 * exactly, else a bigint.
 */
export function readInteger(
  bytes: Buffer,
  start: number,
  end: number,
): number | bigint {
  const sign = bytes[start]!;
  const first = sign === MINUS || sign === PLUS ? start + 1 : start;
  if (first === end) throw malformed('integer');
  if (end - first > EXACT_DIGITS) {
    const value = readBigInt(bytes, start, end);
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  let value = 0;
  for (let at = first; at < end; at++) {
    value = value * 10 + digit(bytes[at]!);
  }
  // 0 - value, since -value would turn 0 into -0
  return sign === MINUS ? 0 - value : value;
}

/** The big number in `bytes[start..end)`. */
export function readBigInt(bytes: Buffer, start: number, end: number): bigint {
  const sign = bytes[start]!;
  const first = sign === MINUS || sign === PLUS ? start + 1 : start;
  if (first === end) throw malformed('number');
  for (let at = first; at < end; at++) digit(bytes[at]!);
  const value = BigInt(bytes.toString('latin1', first, end));
  return sign === MINUS ? -value : value;
}

/** The double in `bytes[start..end)`: `inf`, `-inf`, `nan` or a decimal. */
export function readDouble(bytes: Buffer, start: number, end: number): number {
  const text = bytes.toString('latin1', start, end);
  const value = Number(text);
  // Number() also reads '', ' 1', '0x1' and 'Infinity', which no server sends
  if (!Number.isNaN(value) && isDecimal(bytes, start, end)) return value;
  switch (text) {
    case 'inf':
    case '+inf':
      return Infinity;
    case '-inf':
      return -Infinity;
    case 'nan':
    case '-nan':
      return NaN;
    default:
      throw malformed('double');
  }
}

/** Whether only characters of a decimal stand there: digits, sign, point, exponent. */
function isDecimal(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    const allowed =
      (byte >= ZERO && byte <= ZERO + 9) ||
      byte === PLUS ||
      byte === MINUS ||
      byte === 0x2e || // .
      byte === 0x65 || // e
      byte === 0x45; // E
    if (!allowed) return false;
  }
  return end > start;
}

function digit(byte: number): number {
  const value = byte - ZERO;
  if (value < 0 || value > 9) throw malformed('number');
  return value;
}

function malformed(what: string): ProtocolError {
  return new ProtocolError(`The server sent a malformed ${what}`);
}
