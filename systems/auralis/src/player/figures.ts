/** What the player is doing, for people and for tests. */
export type PlayerState =
  | 'paused'
  | 'connecting'
  | 'buffering'
  | 'playing'
  | 'concealing'
  | 'reconnecting'
  | 'ended'
  | 'failed';

/** The measured figures of the page, at `window.auralis`; brought up to date about 10 times a second. */
export interface PlayerFigures {
  readonly state: PlayerState;
  /** RMS of the stream over about the last 100 ms, before the volume control; -Infinity in silence. */
  readonly levelDbfs: number;
  /** Stream frames (of usually 40 ms) taken in since play was pressed. */
  readonly framesReceived: number;
  /** Stream frames played to their end. */
  readonly framesPlayed: number;
  /** How often the audio ran out after it had started. */
  readonly underruns: number;
  /** Time in which a gap, an underrun or the server's own concealment was heard. */
  readonly concealedMs: number;
  readonly bufferedMs: number;
  /** Whether anything lesser than the music as composed was heard in the last 3 s. */
  readonly degraded: boolean;
}
