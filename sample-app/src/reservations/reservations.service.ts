import {
  BadRequestException,
  ConflictException,
  Injectable,
  NotFoundException,
} from '@nestjs/common';
import { RedisClusterClient } from 'nest-redis-cluster';
import { hasSeat } from '../events/event.js';
import { EventsService } from '../events/events.service.js';
import { seatsKey, soldKey } from '../events/keys.js';
import type { Reservation } from './reservation.js';

const reservationKey = (id: string): string => `reservation:${id}`;
const customerKey = (name: string): string => `customer:${name}:reservations`;

@Injectable()
export class ReservationsService {
  constructor(
    private readonly redis: RedisClusterClient,
    private readonly events: EventsService,
  ) {}

  /**
   * Reserves a seat; repeating it changes nothing. HSETNX decides alone who
   * gets the seat, so no seat is sold twice, whatever happens around it.
   * Reservation, list and counter lie in other slots and follow: were the
   * process killed in between, repeating the request would complete them (a
   * list or counter, which only inform, might miss one).
   */
  async reserve(reservation: Reservation): Promise<Reservation> {
    const { id, event, seat, customer } = reservation;
    if (!hasSeat(await this.events.find(event), seat)) {
      throw new BadRequestException(`There is no seat ${seat}`);
    }
    const text = JSON.stringify({ id, event, seat, customer });
    const earlier = await this.redis.get(reservationKey(id));
    if (earlier !== null && earlier !== text) {
      throw new ConflictException(`${id} is another reservation`);
    }
    const won = await this.redis.hsetnx(seatsKey(event), seat, id);
    if (!won && (await this.redis.hget(seatsKey(event), seat)) !== id) {
      throw new ConflictException(`Seat ${seat} is taken`);
    }
    const stored = await this.redis.set(reservationKey(id), text, { nx: true });
    if (stored !== null) {
      await Promise.all([
        this.redis.rpush(customerKey(customer), id),
        this.redis.incr(soldKey(event)),
      ]);
    }
    return reservation;
  }

  async find(id: string): Promise<Reservation> {
    const text = await this.redis.get(reservationKey(id));
    if (text === null) throw new NotFoundException(`No reservation ${id}`);
    return JSON.parse(text) as Reservation;
  }

  async ofCustomer(customer: string): Promise<Reservation[]> {
    const ids = await this.redis.lrange(customerKey(customer), 0, -1);
    if (ids.length === 0) return [];
    // one call, though every reservation lies in a slot of its own
    const texts = await this.redis.mget(ids.map(reservationKey));
    return texts
      .filter((text) => text !== null)
      .map((text) => JSON.parse(text) as Reservation);
  }
}
