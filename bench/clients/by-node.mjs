import calculateSlot from 'cluster-key-slot';

/**
 * What an application writes around a client whose pipelines are of one node:
 * the keys grouped by node, a pipeline for each, the replies back in order.
 *
 * @param nodeOf the node of a slot
 * @param run pipelines keys of one node; resolves to their replies
 */
export async function pipelineByNode(keys, nodeOf, run) {
  const groups = new Map();
  keys.forEach((key, place) => {
    const node = nodeOf(calculateSlot(key));
    let group = groups.get(node);
    if (group === undefined) {
      group = { keys: [], places: [] };
      groups.set(node, group);
    }
    group.keys.push(key);
    group.places.push(place);
  });
  const replies = Array.from({ length: keys.length });
  await Promise.all(
    Array.from(groups, async ([node, group]) => {
      const own = await run(node, group.keys);
      group.places.forEach((place, n) => {
        replies[place] = own[n];
      });
    }),
  );
  return replies;
}
