// Read by any Node that knows ES modules, hence no newer syntax and no `node:` names.
import { readFileSync } from 'fs';

/**
 * Whether a version lies in a range such as `^20.19.0 || >=24.0.0`: the two
 * operators that `engines` of package.json uses here.
 */
export function satisfies(version, range) {
  const found = numbers(version);
  return range.split('||').some((part) => {
    const wanted = numbers(part);
    return (
      compare(found, wanted) >= 0 &&
      (part.indexOf('^') === -1 || found[0] === wanted[0])
    );
  });
}

/** Ends the process with a plain message where this Node is too old. */
export function requireSupportedNode() {
  const manifest = new URL('../../package.json', import.meta.url);
  const range = JSON.parse(readFileSync(manifest, 'utf8')).engines.node;
  if (satisfies(process.version, range)) return;
  console.error(
    'Node ' +
      process.version +
      ' is not supported: this project needs ' +
      range +
      '.\nInstall a newer Node and start again.',
  );
  process.exit(1);
}

function numbers(text) {
  return text.match(/\d+/g).slice(0, 3).map(Number);
}

function compare(a, b) {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}
