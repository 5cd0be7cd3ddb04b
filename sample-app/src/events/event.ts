/** Something that tickets are sold for. */
export interface Event {
  readonly id: string;
  readonly title: string;
  readonly place: string;
  /** ISO 8601 */
  readonly starts: string;
  readonly rows: number;
  readonly seatsPerRow: number;
}

/** An event in the list: how many seats there are and how many are sold. */
export interface EventSummary extends Event {
  readonly seats: number;
  readonly sold: number;
}

/** An event with the state of its hall. */
export interface EventWithSeats extends Event {
  /** The reservation of each seat that has one. */
  readonly reserved: Readonly<Record<string, string>>;
}

/** `A1` is the first seat of the first row. */
export function hasSeat(event: Event, seat: string): boolean {
  const [, row, number] = /^([A-Z])([1-9]\d?)$/.exec(seat) ?? [];
  return (
    row !== undefined &&
    row.charCodeAt(0) - 'A'.charCodeAt(0) < event.rows &&
    Number(number) <= event.seatsPerRow
  );
}
