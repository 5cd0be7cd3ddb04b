import { applyDecorators, Post } from '@nestjs/common';
import { of, type Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { EnsureReplication } from '../../../lib/nest/ensure-replication.decorator.js';

const ReplicatedPost = (path: string) =>
  applyDecorators(EnsureReplication(1, 100), Post(path));

// Each @ts-expect-error is a test of its own: `tsc` fails where the line
// below it compiles.
describe('the type of @EnsureReplication', () => {
  it('accepts methods that return promises or Observables', () => {
    class Accepted {
      @EnsureReplication()
      async nothing(): Promise<void> {}

      @EnsureReplication(2, 50)
      text(a: string, b?: number): Promise<string> {
        return Promise.resolve(`${a}${b}`);
      }

      @EnsureReplication('majority')
      stream(): Observable<number> {
        return of(1);
      }

      @EnsureReplication('all', 100, { client: 'orders' })
      static either(flag: boolean): Promise<number> | Observable<number> {
        return flag ? Promise.resolve(1) : of(1);
      }

      @EnsureReplication()
      generic<T>(value: T): Promise<T> {
        return Promise.resolve(value);
      }

      @EnsureReplication()
      protected async hidden(): Promise<void> {}
    }
    expect(Accepted).toBeTypeOf('function');
  });

  it('refuses methods that return anything else', () => {
    class Refused {
      // @ts-expect-error a synchronous method
      @EnsureReplication()
      sync(): number {
        return 1;
      }

      // @ts-expect-error sometimes synchronous
      @EnsureReplication()
      sometimes(flag: boolean): number | Promise<number> {
        return flag ? 1 : Promise.resolve(1);
      }
    }
    expect(Refused).toBeTypeOf('function');
  });

  it('refuses what is not a method, also when it is decorated', () => {
    const declare: [() => unknown, RegExp][] = [
      [
        () => {
          class Accessor {
            // @ts-expect-error an accessor's value is no method
            @EnsureReplication()
            get value(): number {
              return 1;
            }
          }
          return Accessor;
        },
        /no method but an accessor. Write a method/,
      ],
      [
        () => {
          class Property {
            // @ts-expect-error a property has no descriptor
            @EnsureReplication()
            value = (): Promise<void> => Promise.resolve();
          }
          return Property;
        },
        /no method but a property. Write a method/,
      ],
      [
        () => {
          // compiles: the price of the next test
          @EnsureReplication()
          class Decorated {}
          return Decorated;
        },
        /no method but a class. Decorate each of its methods/,
      ],
    ];
    for (const [declaration, words] of declare) {
      expect(declaration).toThrow(words);
    }
  });

  it('composes with other decorators in applyDecorators()', () => {
    class Composed {
      @ReplicatedPost('here')
      async post(): Promise<number> {
        return 1;
      }
    }
    const { post } = Object.getOwnPropertyDescriptors(Composed.prototype);
    expect(Reflect.getMetadata('path', post.value!)).toBe('here');
  });
});
