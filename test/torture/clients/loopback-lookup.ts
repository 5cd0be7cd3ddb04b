import { lookup as dnsLookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';

/** Resolves the names that a local cluster announces, and leaves the others to the system. */
export function loopbackLookup(suffix: string): LookupFunction {
  return (hostname, options, callback) => {
    if (isIP(hostname) !== 0 || !hostname.endsWith(suffix)) {
      dnsLookup(hostname, options, callback);
    } else if (options.all === true) {
      callback(null, [{ address: '127.0.0.1', family: 4 }]);
    } else {
      callback(null, '127.0.0.1', 4);
    }
  };
}
