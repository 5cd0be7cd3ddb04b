/** What a customer asks for. */
export interface ReservationRequest {
  /** The id of an event. */
  readonly event: string;
  /** Such as `A7`. */
  readonly seat: string;
  readonly customer: string;
}

/** A seat that a customer has. */
export interface Reservation extends ReservationRequest {
  /** Chosen by the client, so that asking again is not asking twice. */
  readonly id: string;
}
