import {
  EXECUTE,
  refuseCall,
  type CommandHost,
} from '../commands/command-host.js';
import type { CommandSpec, Value } from '../commands/command-spec.js';
import { functionSpec } from '../commands/script-specs.js';
import type { OneOrMany } from '../commands/typed/argument-types.js';
import { ConfigurationError } from '../errors/configuration-error.js';
import { refusedCall } from '../commands/argument-checks.js';
import { codeArguments, type KeysOf } from './code-arguments.js';
import type { CodeHost, PromisingHost, ReplyOn } from './code-host.js';
import {
  nameOfLibrary,
  withVersion,
  type LibraryState,
} from './library-code.js';
import {
  loadLibrary,
  verifyLibrary,
  type LibraryLoad,
  type LibraryNodes,
} from './library-loading.js';
import { checkCodeFacts, CODE_FACTS } from './code-facts.js';
import { checkOptions } from './known-options.js';

/** One function of a library, as it is called. @publicApi */
export interface FunctionOptions {
  /** How many keys it has; calls with another number are refused. @default any number */
  readonly numberOfKeys?: number;
  /**
   * Whether it only reads (the flag `no-writes`): then it is called by
   * FCALL_RO, replicas may run it, it is repeated when a reply is lost, and
   * without keys it runs on any primary. @default false
   */
  readonly readOnly?: boolean;
  /** Makes a reply of what the function gave, such as `Number`. @default as it was sent */
  readonly reply?: (reply: any) => unknown;
}

/** A library of functions, and what is known of them. @publicApi */
export interface FunctionLibraryOptions<
  Functions extends Readonly<Record<string, FunctionOptions>> = Readonly<
    Record<string, FunctionOptions>
  >,
> {
  /** The source; its first line gives the name: `#!lua name=stock`. */
  readonly code: string;
  /** The functions it registers, by their names. */
  readonly functions: Functions;
  /**
   * Which version the code is, from 1: a loaded library of a lower version, or
   * of none, is replaced, one of a higher version stays.
   *
   * @default none: other code than this is a conflict
   */
  readonly version?: number;
  /**
   * What becomes of other code under the same name where no version says which
   * is newer. @default 'fail'
   */
  readonly onConflict?: 'fail' | 'replace';
}

type CountOf<Given> = Given extends {
  readonly numberOfKeys: infer Count extends number;
}
  ? Count
  : number;

type ReplyOf<Given> = Given extends { readonly reply: (reply: any) => infer R }
  ? R
  : unknown;

/**
 * A library of functions that is called like methods; see
 * `RedisClusterClient.functionLibrary`.
 *
 * @typeParam Functions its functions, by their names
 * @typeParam Host what it is called on
 * @publicApi
 */
export class TypedFunctionLibrary<
  Functions extends Readonly<Record<string, FunctionOptions>> = Readonly<
    Record<string, FunctionOptions>
  >,
  Host extends CodeHost = PromisingHost,
> {
  /** Its name, from the first line of the code. */
  readonly name: string;
  /** The source as it is loaded: with the version, if there is one. */
  readonly code: string;
  /** @internal */
  private readonly specs: ReadonlyMap<string, CommandSpec>;

  /** @throws {ConfigurationError} for options that make no sense */
  constructor(
    /** Whose primaries it is loaded on. */
    private readonly nodes: LibraryNodes,
    private readonly options: FunctionLibraryOptions<Functions>,
    private readonly host: Host = nodes as unknown as Host,
    /** @internal */
    same?: TypedFunctionLibrary<Functions, any>,
  ) {
    if (same === undefined) check(options);
    this.name = same?.name ?? nameOfLibrary(options.code);
    this.code = same?.code ?? withVersion(options.code, options.version);
    this.specs = same?.specs ?? this.makeSpecs();
  }

  /**
   * Loads the library on every primary that has not exactly this code: where it
   * is missing, and where an older version is. A newer version stays. Replicas
   * follow by replication.
   *
   * It looks before it loads, and loads nothing anywhere where some primary is in
   * conflict. Two processes that load different versions at the same moment may
   * still cross: servers cannot compare and load in one step.
   *
   * @returns what was done on each primary, by `host:port`
   * @throws {ConfigurationError} for other code under the same name, where
   *   `onConflict` is not `'replace'` and no version says which is newer
   * @throws {FanOutError} where some primaries could not be asked or refused it
   */
  load(): Promise<Record<string, LibraryLoad>> {
    const replaces = this.options.onConflict === 'replace';
    return loadLibrary(this.nodes, this, replaces);
  }

  /**
   * Tells what each primary has of the library; changes nothing.
   *
   * @returns the state of each primary, by `host:port`
   * @throws {FanOutError} where some primaries could not be asked
   */
  verify(): Promise<Record<string, LibraryState>> {
    return verifyLibrary(this.nodes, this);
  }

  /**
   * Calls a function on the shard of its keys. A primary without the library (a
   * new one that never had it) gets it in the same write as the call that found
   * out, unless another version is there.
   *
   * @param name one of the functions
   * @param keys its keys, all in one slot. The client's `keyPrefix` goes before each
   * @param args its arguments, as they are
   * @throws {CrossSlotError} for keys in several slots
   * @throws {ConfigurationError} for a function that is not among those given,
   *   another number of keys than it has, what is no key or value; and without
   *   keys, where it may write and is called on no place of the caller's choice
   *   (`on(client.at({ key }))`)
   * @throws {ReplyError} for an error of the function
   */
  call<const Name extends keyof Functions & string>(
    name: Name,
    keys: KeysOf<CountOf<Functions[Name]>>,
    args: OneOrMany<Value> = [],
  ): ReplyOn<Host, ReplyOf<Functions[Name]>> {
    // every host has it, whatever its types show
    const host = this.host as unknown as CommandHost;
    const spec = this.specs.get(name);
    let laid;
    try {
      if (spec === undefined) throw this.unknownFunction(name);
      const { numberOfKeys } = this.options.functions[name]!;
      laid = codeArguments(spec.name, name, numberOfKeys, keys, args);
    } catch (error) {
      return refuseCall(host, error as ConfigurationError) as never;
    }
    return host[EXECUTE](spec, laid) as never;
  }

  /** The same library on something else that commands are called on; see `Script.on`. */
  on<Other extends CodeHost>(
    host: Other,
  ): TypedFunctionLibrary<Functions, Other> {
    return new TypedFunctionLibrary<Functions, Other>(
      this.nodes,
      this.options,
      host,
      this,
    );
  }

  private makeSpecs(): ReadonlyMap<string, CommandSpec> {
    const specs = new Map<string, CommandSpec>();
    for (const [name, given] of Object.entries(this.options.functions)) {
      const { numberOfKeys, readOnly = false, reply } = given;
      const facts = { numberOfKeys, readOnly, reply };
      specs.set(
        name,
        functionSpec({ name: this.name, code: this.code }, facts),
      );
    }
    return specs;
  }

  private unknownFunction(name: string): ConfigurationError {
    return refusedCall(
      'FCALL',
      `'${name}' is none of the functions given for ${this.name}`,
    );
  }
}

function check(options: FunctionLibraryOptions): void {
  checkOptions('functionLibrary', options, [
    'code',
    'functions',
    'version',
    'onConflict',
  ]);
  const { functions, onConflict = 'fail' } = options;
  if (onConflict !== 'fail' && onConflict !== 'replace') {
    throw new ConfigurationError(
      "functionLibrary: onConflict must be 'fail' or 'replace'",
    );
  }
  if (typeof functions !== 'object' || functions === null) {
    throw new ConfigurationError(
      'functionLibrary: functions must name what the code registers',
    );
  }
  for (const [name, given] of Object.entries(functions)) {
    const what = `functionLibrary: ${name}`;
    checkOptions(what, given, CODE_FACTS);
    checkCodeFacts(what, given);
  }
}
