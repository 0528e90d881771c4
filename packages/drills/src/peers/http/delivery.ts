import { allowed } from './allowed.ts';

/** How fast a reply comes, in milliseconds of the peer's clock. Default of each: 0. */
export interface Pace {
  /** From the whole request to the headers. */
  readonly headersMs?: number;
  /** From the headers to the first piece of the body. */
  readonly firstPieceMs?: number;
  /** From each piece to the next. */
  readonly everyMs?: number;
  /** By how much `everyMs` varies, both ways, evenly distributed. */
  readonly jitterMs?: number;
}

/** How a reply breaks off. */
export type Break =
  /** Nothing more comes, and the connection stays open, until the client leaves or the script ends; then the rest comes. */
  | { readonly how: 'stall'; readonly at: BreakPoint; readonly commentsEveryMs?: number }
  /** RST: what was sent may be lost with it. */
  | { readonly how: 'reset'; readonly at: BreakPoint }
  /** The connection ends in the middle of a piece, before what was announced has come. */
  | { readonly how: 'cut'; readonly at: number }
  /** It ends in good order, as if this were all. */
  | { readonly how: 'short'; readonly at: number };

/**
 * After so many pieces of the body, at most as many as there are; `headers` is before the headers. A reply of one piece
 * breaks off in its middle.
 */
export type BreakPoint = 'headers' | number;

export interface Delivery extends Pace {
  readonly breaks?: Break;
}

/** The same pace, checked. Throws a RangeError or TypeError. */
export function checkPace(pace: Pace): Pace {
  const { headersMs, firstPieceMs, everyMs, jitterMs } = pace;
  const given = Object.entries({ headersMs, firstPieceMs, everyMs, jitterMs }).filter(
    ([, ms]) => ms !== undefined,
  );
  for (const [name, ms] of given) allowed(name, ms, 0, MOST_MS);
  return Object.fromEntries(given);
}

/** The longest wait in a script: an hour. */
export const MOST_MS = 3_600_000;
