import { Observable } from 'rxjs';

/**
 * An iterator as an Observable: cold, for one subscriber. It waits for a
 * value, hands it on, and only then asks for the next; unsubscribing ends the
 * iterator at once, also while a value is awaited.
 */
export function observe<T>(
  iterator: AsyncIterableIterator<T, undefined>,
): Observable<T> {
  return new Observable<T>((subscriber) => {
    const pump = async (): Promise<void> => {
      try {
        while (!subscriber.closed) {
          const { done, value } = await iterator.next();
          if (done === true) break;
          subscriber.next(value);
        }
        subscriber.complete();
      } catch (error) {
        subscriber.error(error);
      }
    };
    void pump();
    return () => void iterator.return?.();
  });
}
