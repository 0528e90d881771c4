import { FOREVER as NEVER } from '../options/index.ts';
import { type LadderRules, signOf } from './ladder-rules.ts';

export interface Reading {
  readonly value: number;
  /** When it came, in monotonic milliseconds. */
  readonly atMs: number;
}

/** What a ladder remembers. Levels are numbered, 0 the best; times are monotonic milliseconds. */
export interface LadderState {
  readonly level: number;
  /** Since when the readings have asked for a lower level; Infinity while they do not. */
  readonly downSinceMs: number;
  /** The best level that any of them has asked for since. */
  readonly downTo: number;
  /** Since when all of them have allowed the next better level; Infinity while they do not. */
  readonly upSinceMs: number;
  /** How long they must. */
  readonly upDwellMs: number;
  /** When it went up last. */
  readonly wentUpMs: number;
}

export type LevelReason =
  /** Went down: readings have asked for it throughout the dwell. */
  | 'overloaded'
  /** Went up one level: all readings have allowed it throughout the dwell. */
  | 'relieved'
  /** Stays: a reading asks for a lower level, but not for long enough. */
  | 'down-dwell'
  /** Stays: all readings allow the next better level, but not for long enough. */
  | 'up-dwell'
  /** Stays: no reading asks for a lower level, and one does not allow a better one; or there is none. */
  | 'steady'
  /** Does not go up: an input has not been heard of for too long, or none ever. */
  | 'no-reading';

export interface LevelDecision {
  readonly state: LadderState;
  readonly reason: LevelReason;
  /** The one that decided: the worst, or the first that does not allow a better level. */
  readonly input: string | undefined;
}

/** Where a ladder begins: at its best level. */
export const firstState = ({ upDwellMs }: LadderRules): LadderState => ({
  level: 0,
  downSinceMs: NEVER,
  downTo: NEVER,
  upSinceMs: NEVER,
  upDwellMs,
  wentUpMs: -NEVER,
});

/**
 * The level that a ladder takes now, and why. Pure. Readings go by the name of their input.
 *
 * Down: to the best of the levels that were asked for throughout `downDwellMs`. Up: one level, when every reading has
 * allowed it throughout the dwell, counted from the first decision after the last change. When it goes down within
 * 10 times `upDwellMs` after it went up, that step up has failed: the dwell is twice as long from then on, up to 16 times
 * `upDwellMs`; else it is `upDwellMs` again. This bounds the changes in any time, whatever the readings do.
 */
export function decideLevel(
  rules: LadderRules,
  before: LadderState,
  readings: ReadonlyMap<string, Reading>,
  nowMs: number,
): LevelDecision {
  let { level, downSinceMs, downTo, upSinceMs, upDwellMs, wentUpMs } = before;
  let demand = 0;
  let worst: string | undefined;
  let blocker: string | undefined;
  let stale: string | undefined;
  for (const [input, steps] of Object.entries(rules.inputs)) {
    const reading = readings.get(input);
    if (!reading) continue;
    if (nowMs - reading.atMs > rules.staleMs) {
      stale = input;
      continue;
    }
    const sign = signOf(steps);
    const isBeyond = (threshold?: number) => reading.value * sign >= (threshold as number) * sign;
    const asked = steps.findLastIndex(({ down }) => isBeyond(down)) + 1;
    if (!worst || asked > demand) {
      worst = input;
      demand = asked;
    }
    if (isBeyond(steps[level - 1]?.up)) blocker ??= input;
  }
  blocker = stale ?? blocker;

  const asksDown = demand > level;
  downSinceMs = asksDown ? Math.min(downSinceMs, nowMs) : NEVER;
  downTo = asksDown ? Math.min(downTo, demand) : NEVER;
  upSinceMs = worst && !blocker ? Math.min(upSinceMs, nowMs) : NEVER;
  let reason: LevelReason = stale || !worst ? 'no-reading' : blocker || !level ? 'steady' : 'up-dwell';
  if (asksDown) reason = 'down-dwell';
  if (nowMs - downSinceMs >= rules.downDwellMs) {
    reason = 'overloaded';
    const failed = nowMs - wentUpMs < 10 * rules.upDwellMs;
    upDwellMs = failed ? Math.min(upDwellMs * 2, 16 * rules.upDwellMs) : rules.upDwellMs;
    level = downTo;
  } else if (level && nowMs - upSinceMs >= upDwellMs) {
    reason = 'relieved';
    wentUpMs = nowMs;
    level--;
  }
  if (level !== before.level) downSinceMs = downTo = upSinceMs = NEVER;
  const state = { level, downSinceMs, downTo, upSinceMs, upDwellMs, wentUpMs };
  return { state, reason, input: asksDown ? worst : (blocker ?? worst) };
}
