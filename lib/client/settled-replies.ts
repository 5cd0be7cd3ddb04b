import type { QueuedReply } from './queued-reply.js';

/** The results of queued replies, as `Promise.allSettled` gives them. @publicApi */
export type SettledRepliesOf<Wanted> =
  Wanted extends readonly QueuedReply<any>[]
    ? {
        -readonly [Place in keyof Wanted]: Wanted[Place] extends QueuedReply<
          infer Reply
        >
          ? PromiseSettledResult<Reply>
          : never;
      }
    : PromiseSettledResult<unknown>[];
