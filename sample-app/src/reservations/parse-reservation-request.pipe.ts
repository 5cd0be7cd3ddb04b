import {
  BadRequestException,
  Injectable,
  type PipeTransform,
} from '@nestjs/common';
import type { ReservationRequest } from './reservation.js';

/** Checks the body of a request for a reservation. */
@Injectable()
export class ParseReservationRequestPipe implements PipeTransform<
  unknown,
  ReservationRequest
> {
  transform(body: unknown): ReservationRequest {
    const { event, seat, customer } = (body ?? {}) as Record<string, unknown>;
    if (!isName(event) || !isName(seat) || !isName(customer)) {
      throw new BadRequestException(
        'The body must be {"event", "seat", "customer"}: texts of 1 to 64 characters',
      );
    }
    return { event, seat, customer };
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= 64;
}
