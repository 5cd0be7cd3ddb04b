import type { Socket } from 'node:net';
import { Encoder } from '../protocol/encoder.js';

/** One for the process: encoding and writing are synchronous. */
export const encoder = new Encoder();

/** Writes what is encoded. */
export function writeEncoded(socket: Socket): void {
  const bytes = encoder.take();
  if (Buffer.isBuffer(bytes)) {
    socket.write(bytes);
  } else {
    // several parts leave in one writev
    socket.cork();
    for (const part of bytes) socket.write(part);
    socket.uncork();
  }
  // nothing left in Node's hands: the kernel took it all, the memory is free again
  if (socket.writableLength === 0) encoder.release();
  else encoder.retire();
}
