import {
  Body,
  Controller,
  Get,
  Param,
  ParseUUIDPipe,
  Put,
  UseFilters,
} from '@nestjs/common';
import { EnsureReplication } from 'nest-redis-cluster';
import { ParseReservationRequestPipe } from './parse-reservation-request.pipe.js';
import { ReservationNotReplicatedFilter } from './reservation-not-replicated.filter.js';
import type { Reservation, ReservationRequest } from './reservation.js';
import { ReservationsService } from './reservations.service.js';

@Controller()
@UseFilters(ReservationNotReplicatedFilter)
export class ReservationsController {
  constructor(private readonly reservations: ReservationsService) {}

  /**
   * Answered by 200 once a replica of every shard involved has the
   * reservation; by 503 when none has within 200 ms.
   */
  @Put('reservations/:id')
  @EnsureReplication(1, 200)
  reserve(
    @Param('id', ParseUUIDPipe) id: string,
    @Body(ParseReservationRequestPipe) request: ReservationRequest,
  ): Promise<Reservation> {
    return this.reservations.reserve({ id, ...request });
  }

  @Get('reservations/:id')
  find(@Param('id', ParseUUIDPipe) id: string): Promise<Reservation> {
    return this.reservations.find(id);
  }

  @Get('customers/:customer/reservations')
  ofCustomer(@Param('customer') customer: string): Promise<Reservation[]> {
    return this.reservations.ofCustomer(customer);
  }
}
