import { Controller, Get, Param } from '@nestjs/common';
import type { EventSummary, EventWithSeats } from './event.js';
import { EventsService } from './events.service.js';

@Controller('events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  list(): Promise<EventSummary[]> {
    return this.events.list();
  }

  @Get(':id')
  find(@Param('id') id: string): Promise<EventWithSeats> {
    return this.events.findWithSeats(id);
  }
}
