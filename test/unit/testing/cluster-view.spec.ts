import { describe, expect, it } from 'vitest';
import {
  agreement,
  mergeViews,
  parseClusterNodes,
} from '../../../lib/testing/cluster-view.js';

const A = 'a'.repeat(40);
const B = 'b'.repeat(40);
const C = 'c'.repeat(40);

describe('parseClusterNodes', () => {
  it('reads addresses of every form, flags, roles, epochs and slots', () => {
    const view = parseClusterNodes(
      [
        `${A} ::1:7000@17000,node0.redis.test,shard-id=1 myself,master - 0 0 12 connected 0-5 9 [7->-${B}]`,
        `${B} 127.0.0.1:7001@17001 slave,fail? ${A} 0 0 11 disconnected`,
        '',
      ].join('\n'),
    );
    expect(view).toEqual([
      {
        id: A,
        port: 7000,
        flags: new Set(['myself', 'master']),
        role: 'primary',
        primaryId: undefined,
        configEpoch: 12,
        slots: [
          [0, 5],
          [9, 9],
        ],
      },
      {
        id: B,
        port: 7001,
        flags: new Set(['slave', 'fail?']),
        role: 'replica',
        primaryId: A,
        configEpoch: 11,
        slots: [],
      },
    ]);
  });
});

describe('mergeViews', () => {
  const former = parseClusterNodes(
    `${A} 127.0.0.1:1@2 myself,master - 0 0 3 connected 0-9\n` +
      `${B} 127.0.0.1:2@3 slave ${A} 0 0 3 connected`,
  );
  const present = parseClusterNodes(
    `${A} 127.0.0.1:1@2 master,fail - 0 0 3 connected\n` +
      `${B} 127.0.0.1:2@3 myself,master - 0 0 4 connected 0-9\n` +
      `${C} 127.0.0.1:3@4 slave ${B} 0 0 4 connected`,
  );

  it.each([
    ['first', [former, present]],
    ['last', [present, former]],
  ])(
    'believes the higher epoch about slots, also when it comes %s',
    (_, views) => {
      const { owners } = mergeViews(views);
      expect(owners.slice(0, 11)).toEqual([...Array(10).fill(B), undefined]);
    },
  );

  it('believes each node about its own role', () => {
    const { records } = mergeViews([former, present]);
    expect(records.get(B)?.role).toBe('primary');
    expect(records.get(A)?.flags.has('myself')).toBe(true);
    expect(records.get(C)?.primaryId).toBe(B);
  });
});

describe('agreement', () => {
  it('does not depend on order, flags or own marks, but on roles and slots', () => {
    const one = parseClusterNodes(
      `${A} h:1@2 myself,master - 0 0 1 connected 0-9 [3->-${B}]\n${B} h:2@3 slave ${A} 0 0 1 connected`,
    );
    const same = parseClusterNodes(
      `${B} h:2@3 myself,slave ${A} 0 5 1 connected\n${A} h:1@2 master - 0 0 1 connected 0-9`,
    );
    const other = parseClusterNodes(
      `${B} h:2@3 myself,slave ${A} 0 5 1 connected\n${A} h:1@2 master - 0 0 1 connected 0-8`,
    );
    expect(agreement(one)).toBe(agreement(same));
    expect(agreement(one)).not.toBe(agreement(other));
  });
});
