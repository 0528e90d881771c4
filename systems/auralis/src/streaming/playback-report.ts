import { checkFields, malformed, shownShortly } from './message-object.ts';

/** What a player says about once a second of what it plays. Counts are since it began to play. */
export interface PlaybackReport {
  readonly type: 'playback';
  /** The position in the stream of what was played last, in sample frames. */
  readonly playedSample: number;
  /** How often its audio ran out. Default 0. */
  readonly underruns: number;
  /** Default 0. */
  readonly bufferedMs: number;
  /** Time in which a gap, an underrun or a concealment was heard. Default 0. */
  readonly concealedMs: number;
}

/** Reads a message of type `playback`. Throws MALFORMED_MESSAGE. */
export function readPlayback(message: Readonly<Record<string, unknown>>): PlaybackReport {
  checkFields(message, 'playback report', ['type', 'playedSample', 'underruns', 'bufferedMs', 'concealedMs']);
  const { playedSample, underruns = 0, bufferedMs = 0, concealedMs = 0 } = message;
  return {
    type: 'playback',
    playedSample: whole('playedSample', playedSample),
    underruns: whole('underruns', underruns),
    bufferedMs: duration('bufferedMs', bufferedMs),
    concealedMs: duration('concealedMs', concealedMs),
  };
}

function whole(field: string, value: unknown): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw malformed(`${field} must be a whole number, 0 or more; got ${shownShortly(value)}`);
}

function duration(field: string, value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw malformed(`${field} must be milliseconds, 0 or more; got ${shownShortly(value)}`);
}
