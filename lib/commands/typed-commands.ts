import type { Key } from './command-spec.js';
import type { Many } from './typed/argument-types.js';
import type { HashCommands } from './typed/hashes.generated.js';
import type { KeyCommands } from './typed/keys.generated.js';
import type { ListCommands } from './typed/lists.generated.js';
import type { ScriptingCommands } from './typed/scripting.generated.js';
import type { ServerCommands } from './typed/server.generated.js';
import type { SetCommands } from './typed/sets.generated.js';
import type { SortedSetCommands } from './typed/sorted-sets.generated.js';
import type { StringCommands } from './typed/strings.generated.js';

/**
 * Every typed command, as a method.
 *
 * Names are the server's in lower case, with a capital for each further word
 * (`scriptLoad`). What a command requires are parameters, its optional words
 * one trailing object in lower case (`set(key, value, { ex: 10, nx: true })`);
 * counts such as numkeys are never asked for. A call that cannot be made as
 * asked is a promise rejected with a `ConfigurationError`; nothing is sent.
 *
 * @typeParam Text what strings of replies are: text, or Buffers on a view of
 *   the client that asked for them
 * @publicApi
 */
export interface TypedCommands<Text extends string | Buffer = string>
  extends
    StringCommands<Text>,
    KeyCommands<Text>,
    HashCommands<Text>,
    ListCommands<Text>,
    SetCommands<Text>,
    SortedSetCommands<Text>,
    ScriptingCommands<Text>,
    ServerCommands<Text> {
  /**
   * The same as `del`: deletes keys of any slots; gives how many there were.
   *
   * @see https://redis.io/docs/latest/commands/del/
   */
  delete(...keys: Many<Key>): Promise<number>;
}
