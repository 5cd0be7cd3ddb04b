/**
 * Everything of one event has its id as the hash tag and so lies in one slot;
 * different events lie in different slots, on all shards.
 */
export const eventKey = (id: string): string => `event:{${id}}`;

/** A hash: seat -> id of the reservation. The one truth about who has a seat. */
export const seatsKey = (id: string): string => `event:{${id}}:seats`;

/** A counter for the list of events, which would not want to count seats. */
export const soldKey = (id: string): string => `event:{${id}}:sold`;
