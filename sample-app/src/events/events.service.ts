import {
  Injectable,
  NotFoundException,
  type OnModuleInit,
} from '@nestjs/common';
import { EnsureReplication, RedisClusterClient } from 'nest-redis-cluster';
import type { Event, EventSummary, EventWithSeats } from './event.js';
import { eventKey, seatsKey, soldKey } from './keys.js';
import { PROGRAMME } from './programme.js';

@Injectable()
export class EventsService implements OnModuleInit {
  constructor(private readonly redis: RedisClusterClient) {}

  /** The module connects the client before any `onModuleInit`. */
  async onModuleInit(): Promise<void> {
    // one call, though the keys lie on several shards
    const known = await this.redis.exists(
      PROGRAMME.map((event) => eventKey(event.id)),
    );
    if (known < PROGRAMME.length) await this.announce(PROGRAMME);
  }

  /** A decorated method needs no controller around it, and no injected client. */
  @EnsureReplication(1, 10_000)
  async announce(events: readonly Event[]): Promise<void> {
    await Promise.all(
      events.map(({ id, ...details }) =>
        this.redis.hset(eventKey(id), { ...details }),
      ),
    );
  }

  async list(): Promise<EventSummary[]> {
    const [events, sold] = await Promise.all([
      Promise.all(PROGRAMME.map(({ id }) => this.find(id))),
      this.redis.mget(PROGRAMME.map(({ id }) => soldKey(id))),
    ]);
    return events.map((event, index) => ({
      ...event,
      seats: event.rows * event.seatsPerRow,
      sold: Number(sold[index] ?? 0),
    }));
  }

  async find(id: string): Promise<Event> {
    const fields = await this.redis.hgetall(eventKey(id));
    const { title, place, starts, rows, seatsPerRow } = fields;
    if (title === undefined || place === undefined || starts === undefined) {
      throw new NotFoundException(`There is no event ${id}`);
    }
    return {
      id,
      title,
      place,
      starts,
      rows: Number(rows),
      seatsPerRow: Number(seatsPerRow),
    };
  }

  async findWithSeats(id: string): Promise<EventWithSeats> {
    const [event, reserved] = await Promise.all([
      this.find(id),
      this.redis.hgetall(seatsKey(id)),
    ]);
    return { ...event, reserved };
  }
}
