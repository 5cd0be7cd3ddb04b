/**
 * A RESP3 push frame (pub/sub message, invalidation ...): data the server
 * sends on its own. It answers no command. Its strings are always strings.
 */
export class Push {
  constructor(readonly items: unknown[]) {}
}
