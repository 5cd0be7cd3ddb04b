import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import { pathToFileURL } from 'node:url';

/**
 * A client of a build, connected, whose sockets are answered inside the
 * process, in the next turn, while `sockets.answer` is set.
 *
 * @returns `answer(bytes, { host, port })` gives the replies to a write, each
 *   with how often it comes; undefined where the write is for the server
 */
export async function answeredClient(build, node) {
  const sockets = { answer: undefined };
  const connect = net.connect;
  net.connect = (options, ...rest) => {
    const socket = connect(options, ...rest);
    const write = socket.write;
    socket.write = (bytes, ...more) => {
      // at once: the bytes are the client's, who writes there again
      const replies = sockets.answer?.(bytes, options);
      if (replies === undefined) return write.call(socket, bytes, ...more);
      setImmediate(giveAll, options.onread, replies);
      return true;
    };
    return socket;
  };
  syncBuiltinESMExports();
  const { RedisClusterClient } = await import(
    pathToFileURL(`${build}/index.js`).href
  );
  const client = new RedisClusterClient({ nodes: [node] });
  await client.connect();
  return { client, sockets };
}

/** Gives a socket's reader its replies, as full as its buffer holds. */
function giveAll({ buffer, callback }, replies) {
  let filled = 0;
  for (const { reply, count } of replies) {
    for (let nth = 0; nth < count; nth++) {
      if (filled + reply.length > buffer.length) {
        callback(filled, buffer);
        filled = 0;
      }
      buffer.set(reply, filled);
      filled += reply.length;
    }
  }
  if (filled > 0) callback(filled, buffer);
}
