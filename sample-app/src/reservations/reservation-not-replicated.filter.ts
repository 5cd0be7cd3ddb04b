import { Catch } from '@nestjs/common';
import {
  ReplicationError,
  ReplicationExceptionFilter,
  type ReplicationFailure,
} from 'nest-redis-cluster';

/** Adds to the answer what a customer should know and do. */
@Catch(ReplicationError)
export class ReservationNotReplicatedFilter extends ReplicationExceptionFilter {
  protected override describe(
    error: ReplicationError,
  ): ReplicationFailure & { advice: string } {
    return {
      ...super.describe(error),
      advice:
        'The reservation may stand, but would not survive the loss of a server yet. ' +
        'Send the same request again: it reserves nothing twice, and is answered by 200 once the reservation is safe.',
    };
  }
}
