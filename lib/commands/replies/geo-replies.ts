import type { ReplyTransform } from '../command-spec.js';
import { hasToken, scoreOf, type ReplyText } from './reply-text.js';

/** A place on Earth. @publicApi */
export interface GeoPosition {
  /** Degrees east. */
  readonly longitude: number;
  /** Degrees north. */
  readonly latitude: number;
}

/** A member found by place, with what was asked for. @publicApi */
export interface GeoMatch<Text = string> {
  /** The member. */
  readonly member: Text;
  /** How far it is from the middle, in the unit of the search; with `withdist`. */
  readonly distance?: number;
  /** Its place as a 52-bit geohash; with `withhash`. */
  readonly hash?: number;
  /** Where it is; with `withcoord`. */
  readonly position?: GeoPosition;
}

type RawPosition = [longitude: unknown, latitude: unknown];

const position = ([longitude, latitude]: RawPosition): GeoPosition => ({
  longitude: scoreOf(longitude),
  latitude: scoreOf(latitude),
});

/** GEOPOS. */
export const positionsReply: ReplyTransform = (reply) =>
  Array.isArray(reply)
    ? (reply as (RawPosition | null)[]).map((raw) =>
        raw === null ? null : position(raw),
      )
    : reply;

/**
 * GEOSEARCH and its kind: members, or with WITH* lists that hold distance, hash
 * and position in this order.
 *
 * @param from where options begin, so that no member is taken for one
 */
export const matchesReply =
  (from: number): ReplyTransform =>
  (reply, args) => {
    if (!Array.isArray(reply) || !Array.isArray(reply[0])) return reply;
    const withDistance = hasToken(args, from, 'WITHDIST');
    const withHash = hasToken(args, from, 'WITHHASH');
    const withPosition = hasToken(args, from, 'WITHCOORD');
    return (reply as [ReplyText, ...unknown[]][]).map(([member, ...more]) => ({
      member,
      ...(withDistance ? { distance: scoreOf(more.shift()) } : {}),
      ...(withHash ? { hash: more.shift() as number } : {}),
      ...(withPosition ? { position: position(more[0] as RawPosition) } : {}),
    }));
  };
