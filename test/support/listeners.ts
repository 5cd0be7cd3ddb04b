import type { EventEmitter } from 'node:events';
import { Socket } from 'node:net';

/** The listeners on an emitter, of all its events. */
export function listenersOf(emitter: EventEmitter): number {
  return emitter
    .eventNames()
    .reduce((sum, name) => sum + emitter.listenerCount(name), 0);
}

/** The sockets that keep this process alive: Node has no other way to them. */
export function openSockets(): Socket[] {
  const handles = Reflect.get(process, '_getActiveHandles') as (
    this: NodeJS.Process,
  ) => unknown[];
  return handles
    .call(process)
    .filter((handle): handle is Socket => handle instanceof Socket);
}
