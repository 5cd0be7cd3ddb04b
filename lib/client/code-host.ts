import type { NodeReplies } from '../execution/fan-outs/place.js';
import type { QueuedReply } from './queued-reply.js';

/**
 * What scripts and functions can be called on: the client, a view of it
 * (`with`), a place or group of nodes (`at`), and whatever commands are queued
 * on or run through besides: pipelines, transactions, exclusive connections.
 *
 * @publicApi
 */
export interface CodeHost {
  // one method is enough to tell them apart: by what it gives
  /** As on every host. */
  scriptKill(): unknown;
}

/** A host whose calls give a promise of the reply: the client, where nothing else is said. @publicApi */
export interface PromisingHost extends CodeHost {
  /** As on every host. */
  scriptKill(): Promise<'OK'>;
}

/**
 * What a call gives on a host: a promise of the reply; of the reply of each
 * node on a group of nodes; a queued reply in a pipeline or transaction.
 *
 * @publicApi
 */
export type ReplyOn<Host extends CodeHost, Reply> =
  ReturnType<Host['scriptKill']> extends Promise<infer Killed>
    ? Killed extends string
      ? Promise<Reply>
      : Promise<NodeReplies<Reply>>
    : QueuedReply<Reply>;
