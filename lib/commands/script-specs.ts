import { createHash } from 'node:crypto';
import { ReplyError } from '../errors/reply-error.js';
import { ErrorReply } from '../protocol/error-reply.js';
import type { CommandSpec } from './command-spec.js';
import { commandSpec } from './command-table.js';
import { mayReplyError } from './own-errors.js';

/** What is known of a script or function beside its code. */
export interface ScriptFacts {
  /** Undefined where it takes any number. */
  readonly numberOfKeys: number | undefined;
  /** Whether it only reads. */
  readonly readOnly: boolean;
  /** Makes the documented reply of the one that was sent. */
  readonly reply: ((reply: any) => unknown) | undefined;
}

/** The name that servers know a script by. */
export function sha1Of(lua: string): string {
  return createHash('sha1').update(lua).digest('hex');
}

/** A script as a command, with what stands first among its arguments. */
export interface ScriptCommand {
  readonly spec: CommandSpec;
  readonly first: string;
}

/**
 * The command that runs a script: EVALSHA with the text at hand. One that may
 * write and reply NOSCRIPT itself is sent as EVAL, with its text every time:
 * to that no server says NOSCRIPT, so nobody runs it a second time.
 */
export function scriptCommand(
  lua: string,
  sha: string,
  facts: ScriptFacts,
): ScriptCommand {
  if (!facts.readOnly && mayReplyError(lua, 'NOSCRIPT')) {
    return { spec: specWith('EVAL', facts), first: lua };
  }
  const name = facts.readOnly ? 'EVALSHA_RO' : 'EVALSHA';
  const script = { text: lua, sha };
  return { spec: { ...specWith(name, facts), script }, first: sha };
}

/**
 * The command that calls a function. Its library comes along, unless the
 * function may write and a library's own error could be mistaken for the
 * server's that it is not there.
 */
export function functionSpec(
  library: { readonly name: string; readonly code: string },
  facts: ScriptFacts,
): CommandSpec {
  const spec = specWith(facts.readOnly ? 'FCALL_RO' : 'FCALL', facts);
  return !facts.readOnly && mayReplyError(library.code, 'unction not found')
    ? spec
    : { ...spec, library };
}

/** A key at a known place takes the plain way, as that of GET does. */
function specWith(
  name: string,
  { numberOfKeys, reply }: ScriptFacts,
): CommandSpec {
  const spec = commandSpec(name);
  const plain = numberOfKeys === 1;
  return {
    ...spec,
    firstKey: numberOfKeys === undefined || numberOfKeys === 0 ? -1 : 2,
    singleKey: plain,
    plain,
    // all is known of it: nothing that servers say of the command is laid over
    source: 'curated',
    reply:
      reply === undefined
        ? undefined
        : (raw) => reply(withErrors(raw, spec.name)),
  };
}

/** Errors inside the reply, as the caller knows errors. */
function withErrors(value: unknown, command: string): unknown {
  if (value instanceof ErrorReply) {
    return new ReplyError(value.message, { command });
  }
  return Array.isArray(value)
    ? value.map((element) => withErrors(element, command))
    : value;
}
