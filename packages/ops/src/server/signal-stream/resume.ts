import type { GapDocument } from '../schemas/index.ts';

/** Where a reader begins: after this number, and with a gap when signals are missing before it. */
export interface Resume {
  readonly reason: 'live' | 'start' | 'exact' | GapDocument['reason'];
  readonly after: number;
  readonly gap?: GapDocument;
}

/** What of a history decides it. */
export interface HistoryExtent {
  readonly epoch: string;
  readonly oldest: number;
  readonly latest: number;
}

/** The id of a signal in events and in `Last-Event-ID`. */
export function eventId(epoch: string, number: number): string {
  return `${epoch}-${number}`;
}

/**
 * Decides where a reader goes on that has seen `lastId`: with the next signal where that is kept, else with a gap and the
 * oldest that is kept. Without an id it begins with what happens from now on; `start` begins with the oldest.
 */
export function resumeAfter(lastId: string | undefined, { epoch, oldest, latest }: HistoryExtent): Resume {
  if (lastId === undefined || lastId === '') return { reason: 'live', after: latest };
  if (lastId === 'start') return { reason: 'start', after: oldest - 1 };
  const after = oldest - 1;
  const { groups } = /^(?<run>[^-]+)-(?<digits>\d{1,15})$/.exec(lastId) ?? {};
  if (groups === undefined) return { reason: 'unknown-id', after, gap: { reason: 'unknown-id' } };
  if (groups['run'] !== epoch) return { reason: 'restarted', after, gap: { reason: 'restarted' } };
  const seen = Number(groups['digits']);
  if (seen > latest) return { reason: 'unknown-id', after, gap: { reason: 'unknown-id' } };
  if (seen >= after) return { reason: 'exact', after: seen };
  return { reason: 'too-old', after, gap: { reason: 'too-old', missed: after - seen } };
}
