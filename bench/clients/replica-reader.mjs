/**
 * A client of its own that reads at replicas, for clients that have an option
 * for that and not a call's choice: opened by the first read.
 */
export function replicaReader(open) {
  let reader;
  return {
    get: (key) => {
      if (reader !== undefined) return reader.get(key);
      return open().then((opened) => {
        reader = opened;
        return reader.get(key);
      });
    },
    async closeWith(close) {
      if (reader !== undefined) await close(reader);
    },
  };
}
