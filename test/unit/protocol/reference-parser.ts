/**
 * The plainest reader of commands there can be, independent of the code under
 * test: `*count`, then `$length` and bytes, nothing else.
 */
export function readCommands(bytes: Buffer): Buffer[][] {
  const commands: Buffer[][] = [];
  let at = 0;

  const readHeader = (type: string): number => {
    const lineEnd = bytes.indexOf('\r\n', at);
    const line = bytes.toString('latin1', at, lineEnd);
    if (lineEnd === -1 || line[0] !== type || !/^.\d+$/.test(line)) {
      throw new Error(`expected ${type}<digits> at ${at}, found ${line}`);
    }
    at = lineEnd + 2;
    return Number(line.slice(1));
  };

  while (at < bytes.length) {
    const words: Buffer[] = [];
    for (let missing = readHeader('*'); missing > 0; missing--) {
      const length = readHeader('$');
      words.push(bytes.subarray(at, at + length));
      at += length;
      if (bytes.toString('latin1', at, at + 2) !== '\r\n') {
        throw new Error(`expected CRLF at ${at}`);
      }
      at += 2;
    }
    commands.push(words);
  }
  return commands;
}
