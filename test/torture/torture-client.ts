/** What a workload needs of a client, whichever it is. */
export interface TortureClient {
  /** Which client, with its version. */
  readonly version: string;
  get(key: string): Promise<unknown>;
  set(key: string, value: string): Promise<unknown>;
  incr(key: string): Promise<number>;
  mget(keys: readonly string[]): Promise<unknown>;
  rpush(key: string, value: string): Promise<unknown>;
  /** Resolves to the value popped, or to undefined when none came in time. */
  blpop(key: string, seconds: number): Promise<string | undefined>;
  /** DBSIZE of the whole cluster. */
  dbsize?(): Promise<number>;
  /** `MULTI, INCR key, GET key, EXEC`; resolves to the reply of INCR. */
  transaction?(key: string): Promise<number>;
  /** SET that a replica has acknowledged when it resolves. */
  setReplicated?(key: string, value: string): Promise<unknown>;
  /** Whether an error says that nobody knows whether the command ran. */
  isUnknown(error: unknown): boolean;
  close(): Promise<unknown>;
}

/** Where the client finds the cluster, and how it is set up. */
export interface ConnectRequest {
  readonly seeds: readonly string[];
  /** Announced `host:port` to the one that leads there; may change by an update. */
  readonly addresses?: Readonly<Record<string, string>> | undefined;
  /** Names with this ending are the loopback address. */
  readonly hostSuffix?: string | undefined;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Set up as its documentation advises, instead of by defaults. */
  readonly tuned?: boolean | undefined;
  /** Options of this library's client only. */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  /** Reads are given one signal that never fires, as of an application that lives long. */
  readonly signalled?: boolean | undefined;
  /** Reads may go to replicas. */
  readonly readsReplicas?: boolean | undefined;
}

/** The environment of a client that may change under it. */
export interface Surroundings {
  addresses: Readonly<Record<string, string>>;
  password: string | undefined;
}

/** One module of `clients/`. */
export interface ClientModule {
  /** Listeners on what all its clients were given. */
  listeners?(): number;
  /** The options as they are quoted in the report, by set-up. */
  connect(
    request: ConnectRequest,
    surroundings: Surroundings,
  ): Promise<TortureClient>;
}

/** Takes `host:port` apart. */
export function splitAddress(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return {
    host: address.slice(0, colon),
    port: Number(address.slice(colon + 1)),
  };
}
