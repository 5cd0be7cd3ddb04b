import { describe, expect, it } from 'vitest';
import type { BarrierConnection } from '../../../lib/replication/barrier/barrier-connection.js';
import type { PrimaryAccess } from '../../../lib/replication/barrier/primary-access.js';
import { BarrierLanes } from '../../../lib/replication/barrier/barrier-lanes.js';

class Lane implements BarrierConnection {
  usable = true;

  exchange(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): void {
    this.usable = false;
  }
}

function lanesOf(): BarrierLanes {
  const access = {
    openBarrierConnection: () => Promise.resolve(new Lane()),
  } as unknown as PrimaryAccess;
  return new BarrierLanes(access);
}

describe('the barrier connections of a primary', () => {
  it('are kept while they are idle', async () => {
    const lanes = lanesOf();
    const lane = await lanes.open();
    lanes.release(lane);
    expect(lanes.take()).toBe(lane);
  });

  it('are closed once the node serves no slots, those at work when they are given back', async () => {
    const lanes = lanesOf();
    const [idle, busy] = [await lanes.open(), await lanes.open()];
    lanes.release(idle);
    lanes.rest();
    expect([idle.usable, busy.usable]).toEqual([false, true]);
    lanes.release(busy);
    expect(busy.usable).toBe(false);
    expect(lanes.take()).toBeUndefined();
  });

  it('are kept again once it does', async () => {
    const lanes = lanesOf();
    lanes.rest();
    lanes.wake();
    const lane = await lanes.open();
    lanes.release(lane);
    expect(lanes.take()).toBe(lane);
  });
});
