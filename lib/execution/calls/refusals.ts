import { parseAddress } from '../../options/node-address.js';
import type { NodeAddress } from '../../options/client-options.js';
import type { ErrorReply } from '../../protocol/error-reply.js';
import { SLOT_COUNT } from '../../topology/cluster-topology.js';

/** Another node serves the slot; an empty host is that of the node that answered. */
export interface Redirect {
  readonly kind: 'moved' | 'ask';
  readonly slot: number;
  readonly address: NodeAddress;
}

/** What an error reply means for the attempt. */
export type Refusal =
  | Redirect
  /** Nothing was executed, and a later attempt may succeed. */
  | { readonly kind: 'retry'; readonly refresh: boolean }
  /** The answer is final. */
  | { readonly kind: 'final' };

const FINAL: Refusal = { kind: 'final' };
const RETRY: Refusal = { kind: 'retry', refresh: false };
const RETRY_AND_REFRESH: Refusal = { kind: 'retry', refresh: true };

/**
 * The first words of errors that prove that nothing was executed and that pass
 * (measured on Redis 7.0, 8.6 and Valkey 9.1). The exact word: BUSY is not
 * BUSYGROUP.
 */
const RETRIED: Readonly<Record<string, Refusal>> = Object.assign(
  Object.create(null) as Record<string, Refusal>,
  {
    TRYAGAIN: RETRY,
    LOADING: RETRY,
    BUSY: RETRY,
    CLUSTERDOWN: RETRY_AND_REFRESH,
    MASTERDOWN: RETRY_AND_REFRESH,
    READONLY: RETRY_AND_REFRESH,
  },
);

/**
 * Tells what an error reply proves.
 *
 * A script can fake any error or fail half-way, so its errors count only where
 * the server marks none as the script's own, and a redirect only where it
 * names the command's slot.
 *
 * @param slot the command's slot; -1 without keys
 * @param runsScript whether the command runs a script or function
 */
export function classifyRefusal(
  error: Pick<ErrorReply, 'prefix' | 'message'>,
  slot: number,
  runsScript: boolean,
): Refusal {
  const { prefix, message } = error;
  if (runsScript && message.includes(' script: ')) return FINAL;
  if (prefix === 'MOVED' || prefix === 'ASK') {
    // without keys there is no slot that could be elsewhere: the script says so
    if (runsScript && slot === -1) return FINAL;
    return redirect(prefix === 'ASK' ? 'ask' : 'moved', message, slot);
  }
  const retried = RETRIED[prefix];
  if (retried !== undefined) return retried;
  if (isDemotion(error)) return RETRY_AND_REFRESH;
  if (message.startsWith('ERR max number of clients reached')) return RETRY;
  return FINAL;
}

/**
 * Whether a node took a blocking command back since it is no primary any more.
 * It closes the connection behind that answer, and reads nothing more from it.
 */
export function isDemotion({
  prefix,
  message,
}: Pick<ErrorReply, 'prefix' | 'message'>): boolean {
  return prefix === 'UNBLOCKED' && message.includes('instance state changed');
}

/**
 * Tells what an error reply proves of a command whose node the caller chose:
 * what another node would answer is no answer.
 */
export function classifyRefusalThere(
  error: ErrorReply,
  runsScript: boolean,
): Refusal {
  const refusal = classifyRefusal(error, -1, runsScript);
  const elsewhere =
    refusal.kind === 'moved' ||
    refusal.kind === 'ask' ||
    error.prefix === 'READONLY';
  return elsewhere ? FINAL : refusal;
}

/** `MOVED 3999 127.0.0.1:6381`; anything odd in it makes the reply an ordinary error. */
function redirect(
  kind: 'moved' | 'ask',
  message: string,
  slot: number,
): Refusal {
  const [, slotText = '', location = ''] = message.split(' ');
  const named = /^\d{1,5}$/.test(slotText) ? Number(slotText) : -1;
  const address = parseAddress(location);
  if (named < 0 || named >= SLOT_COUNT || address === undefined) return FINAL;
  if (slot !== -1 && named !== slot) return FINAL;
  // `?`: the node prefers host names and has none
  return address.host === '?'
    ? { kind, slot: named, address: { host: '', port: address.port } }
    : { kind, slot: named, address };
}
