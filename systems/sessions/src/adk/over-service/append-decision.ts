import type { Seen } from '../backing.ts';
import type { KnownSession } from './known-sessions.ts';

/** @internal */
export interface AppendDecision {
  /** It was appended before. */
  readonly isRepeated: boolean;
  /** Whether the handle has seen all that the session has, the event itself aside. */
  readonly isCurrent: boolean;
}

/**
 * What an event is to a session. The counter of our own decides; for a handle that it does not know, such as a copy, or one of a
 * session that was forgotten since, the last event does.
 */
export function decideAppend(known: KnownSession, seen: Seen, eventId: string): AppendDecision {
  const isRepeated = known.ids.has(eventId);
  const isLast = isRepeated && known.events.at(-1)?.id === eventId;
  const { version } = seen;
  if (version?.name === `${known.epoch}`) {
    const behind = known.revision - version.revision;
    return { isRepeated, isCurrent: behind === 0 || (behind === 1 && isLast && !seen.hasEvent) };
  }
  const last = known.events.at(isLast ? -2 : -1)?.id;
  return { isRepeated, isCurrent: last === seen.lastEventId };
}
