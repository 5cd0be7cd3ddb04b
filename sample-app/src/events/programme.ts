import type { Event } from './event.js';

/** What is on when the cluster is empty. */
export const PROGRAMME: readonly Event[] = [
  {
    id: 'low-tide',
    title: 'Low Tide',
    place: 'Harbour Stage',
    starts: '2027-05-14T19:30',
    rows: 8,
    seatsPerRow: 12,
  },
  {
    id: 'glass-orchestra',
    title: 'The Glass Orchestra',
    place: 'Great Hall',
    starts: '2027-05-21T20:00',
    rows: 10,
    seatsPerRow: 14,
  },
  {
    id: 'night-shift',
    title: 'Night Shift',
    place: 'Observatory',
    starts: '2027-06-04T22:00',
    rows: 5,
    seatsPerRow: 8,
  },
  {
    id: 'paper-theatre',
    title: 'Paper Theatre',
    place: 'Courtyard',
    starts: '2027-06-11T18:00',
    rows: 6,
    seatsPerRow: 10,
  },
];
