import { Injectable } from '@nestjs/common';
import { RedisClusterClient, type QueuedCommands } from 'nest-redis-cluster';

/** A service as an application would write it; what its types cost is measured. */
@Injectable()
export class ConsumerOf50Commands {
  constructor(private readonly redis: RedisClusterClient) {}

  async strings(): Promise<unknown[]> {
    const { redis } = this;
    const value: string | null = await redis.get('k');
    const set: 'OK' = await redis.set('k', value ?? '');
    return [
      set,
      await redis.set('k', 'v', { nx: true, px: 5 }),
      await redis.set('k', 'v', { get: true }),
      await redis.mget('a', 'b'),
      await redis.mset({ a: 1, b: '2' }),
      await redis.incr('n'),
      await redis.incrby('n', 2n),
      await redis.append('k', 'x'),
      await redis.getex('k', { persist: true }),
      await redis.getrange('k', 0, 1),
      await redis.strlen('k'),
    ];
  }

  async keys(): Promise<unknown[]> {
    const { redis } = this;
    return [
      await redis.del('a', 'b'),
      await redis.exists(['a', 'b']),
      await redis.expire('k', 5, { gt: true }),
      await redis.ttl('k'),
      await redis.type('k'),
      await redis.rename('{t}a', '{t}b'),
      await redis.keys('a*'),
      await redis.sort('l', { alpha: true, limit: { offset: 0, count: 3 } }),
    ];
  }

  async hashesListsSets(): Promise<unknown[]> {
    const { redis } = this;
    const hash: Record<string, string> = await redis.hgetall('h');
    return [
      await redis.hset('h', hash),
      await redis.hget('h', 'f'),
      await redis.hmget('h', 'f', 'g'),
      await redis.hincrby('h', 'f', 1),
      await redis.hdel('h', 'f'),
      await redis.lpush('l', 'a', 'b'),
      await redis.rpop('l', 2),
      await redis.lrange('l', 0, -1),
      await redis.blpop('l', 1),
      await redis.sadd('s', 'a'),
      await redis.smembers('s'),
      await redis.sinter('{t}a', '{t}b'),
    ];
  }

  async sortedSetsAndStreams(): Promise<unknown[]> {
    const { redis } = this;
    const scored = await redis.zrange('z', 0, -1, { withscores: true });
    const entries = await redis.xread({ x: '0' }, { count: 5, block: 100 });
    return [
      scored.map(({ member, score }) => `${member}${score}`),
      entries?.map(({ key, entries: read }) => [key, read[0]?.id]),
      await redis.zadd('z', [{ score: 1, member: 'a' }], { ch: true }),
      await redis.zincrby('z', 1, 'a'),
      await redis.zscore('z', 'a'),
      await redis.zrangebyscore('z', 0, Infinity),
      await redis.zunion(['{t}a', '{t}b'], { weights: [1, 2] }),
      await redis.xadd('x', { a: 1 }, { maxlen: 100 }),
      await redis.xgroupCreate('x', 'g', '$', { mkstream: true }),
      await redis.xreadgroup('g', 'c', { x: '>' }),
      await redis.xack('x', 'g', '1-1'),
      await redis.xautoclaim('x', 'g', 'c', 1_000, '0'),
    ];
  }

  async everythingElse(): Promise<unknown[]> {
    const { redis } = this;
    const info: Record<string, string> = await redis.info('memory');
    const one: string = await redis.at({ node: 'a:1' }).info();
    return [
      info,
      one,
      await redis.geosearch('g', {
        frommember: 'a',
        byradius: { radius: 1, unit: 'km' },
        withdist: true,
      }),
      await redis.bitcount('k', { start: 0 }),
      await redis.pfcount('p'),
      await redis.eval<number>('return 1', ['k']),
      await redis.scriptLoad('return 1'),
      await redis.publish('c', 'm'),
      await redis.configGet('maxmemory'),
      await redis.clientList(),
      await redis.dbsize(),
    ];
  }

  queued(commands: QueuedCommands): unknown[] {
    return [
      commands.get('k'),
      commands.set('k', 'v', { get: true }),
      commands.zadd('z', [{ score: 1, member: 'a' }]),
      commands.eval<number>('return 1', ['k']),
    ];
  }
}
