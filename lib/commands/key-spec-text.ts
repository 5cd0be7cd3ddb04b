import type { KeySpec } from './command-spec.js';

/**
 * Reads a key specification as the command table has it: `flags/begin
 * search/find keys`, such as `RO+access/i1/r-1,1,0`.
 */
export function parseKeySpec(text: string): KeySpec {
  const [flags = '', begin = '?', find = '?'] = text.split('/');
  return {
    beginSearch: parseBeginSearch(begin),
    findKeys: parseFindKeys(find),
    flags: flags.split('+'),
  };
}

function parseBeginSearch(text: string): KeySpec['beginSearch'] {
  if (text.startsWith('i')) {
    return { type: 'index', index: Number(text.slice(1)) };
  }
  if (text.startsWith('k')) {
    const [keyword = '', startFrom] = text.slice(1).split(':');
    return { type: 'keyword', keyword, startFrom: Number(startFrom) };
  }
  return { type: 'unknown' };
}

function parseFindKeys(text: string): KeySpec['findKeys'] {
  const [first = 0, second = 0, third = 0] = text
    .slice(1)
    .split(',')
    .map(Number);
  if (text.startsWith('r')) {
    return { type: 'range', lastKey: first, keyStep: second, limit: third };
  }
  if (text.startsWith('n')) {
    return {
      type: 'keynum',
      keyNumIndex: first,
      firstKey: second,
      keyStep: third,
    };
  }
  return { type: 'unknown' };
}
