import {
  EXECUTE,
  refuseCall,
  type CommandHost,
} from '../commands/command-host.js';
import type { Value } from '../commands/command-spec.js';
import {
  scriptCommand,
  sha1Of,
  type ScriptCommand,
} from '../commands/script-specs.js';
import type { OneOrMany } from '../commands/typed/argument-types.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { codeArguments, type KeysOf } from './code-arguments.js';
import { checkCodeFacts, CODE_FACTS } from './code-facts.js';
import type { CodeHost, PromisingHost, ReplyOn } from './code-host.js';
import { checkOptions } from './known-options.js';

/**
 * A Lua script, and what is known of it.
 *
 * @typeParam Reply what its replies are
 * @typeParam Count how many keys it has
 * @publicApi
 */
export interface ScriptOptions<Reply = unknown, Count extends number = number> {
  /** The source. */
  readonly lua: string;
  /**
   * How many keys it has; calls with another number are refused. @default any
   * number
   */
  readonly numberOfKeys?: Count;
  /**
   * Whether it only reads: then the server refuses its writes, replicas may run
   * it, it is repeated when a reply is lost, and without keys it runs on any
   * primary. @default false
   */
  readonly readOnly?: boolean;
  /** Makes a reply of what the script gave, such as `Number`. @default as it was sent */
  readonly reply?: (reply: any) => Reply;
}

/**
 * A script that is called like a method; see `RedisClusterClient.script`.
 *
 * It is sent by its SHA1. A node that does not have it (new, promoted,
 * restarted, after SCRIPT FLUSH) gets it in the same write as the call that
 * found out.
 *
 * @typeParam Reply what its replies are
 * @typeParam Count how many keys it has
 * @typeParam Host what it is called on
 * @publicApi
 */
export class Script<
  Reply = unknown,
  Count extends number = number,
  Host extends CodeHost = PromisingHost,
> {
  /** The source. */
  readonly lua: string;
  /** The name that servers know it by. */
  readonly sha1: string;
  /** How many keys it has; undefined for any number. */
  readonly numberOfKeys: Count | undefined;
  /** Whether it only reads. */
  readonly readOnly: boolean;
  /** @internal */
  private readonly command: ScriptCommand;

  /** @throws {ConfigurationError} for options that make no sense */
  constructor(
    private readonly host: Host,
    private readonly options: ScriptOptions<Reply, Count>,
    /** @internal */
    same?: Script<Reply, Count, any>,
  ) {
    if (same === undefined) check(options);
    this.lua = options.lua;
    this.numberOfKeys = options.numberOfKeys;
    this.readOnly = options.readOnly ?? false;
    this.sha1 = same?.sha1 ?? sha1Of(this.lua);
    this.command = same?.command ?? this.makeCommand();
  }

  /**
   * Runs the script on the shard of its keys.
   *
   * @param keys `KEYS` of the script; all in one slot. The client's `keyPrefix`
   *   goes before each
   * @param args `ARGV` of the script, as they are
   * @throws {CrossSlotError} for keys in several slots
   * @throws {ConfigurationError} for another number of keys than it has, for
   *   what is no key or value, and without keys, where it may write and runs on
   *   no place of the caller's choice (`on(client.at({ key }))`)
   * @throws {ReplyError} for an error of the script, and for a script that does
   *   not compile
   */
  run(keys: KeysOf<Count>, args: OneOrMany<Value> = []): ReplyOn<Host, Reply> {
    const { spec, first } = this.command;
    // every host has it, whatever its types show
    const host = this.host as unknown as CommandHost;
    let laid;
    try {
      laid = codeArguments(spec.name, first, this.numberOfKeys, keys, args);
    } catch (error) {
      return refuseCall(host, error as ConfigurationError) as never;
    }
    return host[EXECUTE](spec, laid) as never;
  }

  /**
   * The same script on something else that commands are called on. Cheap: make
   * one per call.
   *
   * @param host a view of the client, a place or group of nodes, the queue of a
   *   pipeline or transaction, an exclusive connection
   * @example
   * ```ts
   * const take = client.script({ lua: 'return redis.call("DECR", KEYS[1])', numberOfKeys: 1, reply: Number });
   * const left = await take.on(client.with({ timeoutMs: 500 })).run('stock');
   * ```
   */
  on<Other extends CodeHost>(host: Other): Script<Reply, Count, Other> {
    return new Script<Reply, Count, Other>(host, this.options, this);
  }

  private makeCommand(): ScriptCommand {
    const { numberOfKeys, readOnly } = this;
    const { reply } = this.options;
    return scriptCommand(this.lua, this.sha1, {
      numberOfKeys,
      readOnly,
      reply,
    });
  }
}

function check(options: ScriptOptions): void {
  checkOptions('script', options, ['lua', ...CODE_FACTS]);
  const { lua } = options;
  if (typeof lua !== 'string' || lua === '') {
    throw new ConfigurationError('script: lua must be the source of a script');
  }
  checkCodeFacts('script', options);
}
