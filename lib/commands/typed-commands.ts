import type { Key } from './command-spec.js';
import type { Many } from './typed/argument-types.js';
import type { BitmapCommands } from './typed/bitmaps.generated.js';
import type { PubSubCommands } from './typed/channels.generated.js';
import type { ClusterCommands } from './typed/cluster.generated.js';
import type { ConnectionCommands } from './typed/connections.generated.js';
import type { HyperloglogCommands } from './typed/estimates.generated.js';
import type { HashCommands } from './typed/hashes.generated.js';
import type { KeyCommands } from './typed/keys.generated.js';
import type { ListCommands } from './typed/lists.generated.js';
import type { GeoCommands } from './typed/places.generated.js';
import type { ScriptingCommands } from './typed/scripting.generated.js';
import type { ServerCommands } from './typed/server.generated.js';
import type { SetCommands } from './typed/sets.generated.js';
import type { SortedSetCommands } from './typed/sorted-sets.generated.js';
import type { StreamCommands } from './typed/streams.generated.js';
import type { StringCommands } from './typed/strings.generated.js';
import type { JsonCommands } from './typed/documents.generated.js';
import type { SketchCommands } from './typed/sketches.generated.js';
import type { TimeSeriesCommands } from './typed/time-series.generated.js';
import type { SearchCommands } from './typed/search.generated.js';
import type { VectorCommands } from './typed/vectors.generated.js';

/**
 * Every typed command, as a method.
 *
 * Names are the server's in lower case, with a capital for each further word
 * (`scriptLoad`). What a command requires are parameters, its optional words
 * one trailing object in lower case (`set(key, value, { ex: 10, nx: true })`);
 * counts such as numkeys are never asked for. A call that cannot be made as
 * asked is a promise rejected with a `ConfigurationError`; nothing is sent.
 *
 * A command whose reply is about one node (`info`, `configGet`) gives a reply
 * per node, by `host:port`; on a named node it gives that node's alone.
 *
 * @typeParam Text what strings of replies are: text, or Buffers on a view of
 *   the client that asked for them
 * @typeParam At where commands run: on the cluster, or on one node of it
 * @publicApi
 */
export interface TypedCommands<
  Text extends string | Buffer = string,
  At extends 'cluster' | 'node' = 'cluster',
>
  extends
    StringCommands<Text>,
    KeyCommands<Text>,
    HashCommands<Text>,
    ListCommands<Text>,
    SetCommands<Text>,
    SortedSetCommands<Text>,
    BitmapCommands,
    GeoCommands<Text>,
    HyperloglogCommands,
    StreamCommands<Text>,
    VectorCommands<Text>,
    JsonCommands<Text>,
    SketchCommands<Text>,
    TimeSeriesCommands<Text>,
    SearchCommands<Text>,
    PubSubCommands<Text>,
    ScriptingCommands<Text, At>,
    ConnectionCommands<Text, At>,
    ClusterCommands<Text, At>,
    ServerCommands<Text, At> {
  /**
   * The same as `del`: deletes keys of any slots; gives how many there were.
   *
   * @see https://redis.io/docs/latest/commands/del/
   */
  delete(...keys: Many<Key>): Promise<number>;
}
