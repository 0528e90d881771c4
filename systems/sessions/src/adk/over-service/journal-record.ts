import type { SessionKey } from '../../session/index.ts';
import type { AdkSession, Event } from '../adk-types.ts';

/** What was acknowledged while ADK's service was away. */
export type JournalledWrite =
  | { readonly kind: 'create'; readonly state: AdkSession['state'] }
  | { readonly kind: 'append'; readonly event: Event }
  | { readonly kind: 'delete' };

/** @internal A write in the journal. */
export interface JournalRecord {
  /** Its place: a whole number that only grows. */
  readonly order: number;
  readonly key: SessionKey;
  readonly write: JournalledWrite;
  /** What the session was when it was written upon. Undefined: it did not exist. */
  readonly base: Base | undefined;
  readonly wallMs: number;
}

/** @internal Enough of a session to tell whether somebody else has changed it. */
export interface Base {
  readonly events: number;
  readonly lastEventIds: readonly string[];
}

/** @internal The base of a session with these events. */
export function baseOf(events: readonly { readonly id: string }[]): Base {
  return { events: events.length, lastEventIds: events.slice(-REMEMBERED).map(({ id }) => id) };
}

/** With the count, more than enough: events are only ever appended. */
const REMEMBERED = 32;
