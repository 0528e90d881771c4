import { type LadderRules, signOf } from './ladder-rules.ts';

export interface Reading {
  readonly value: number;
  /** When it came, in monotonic milliseconds. */
  readonly atMs: number;
}

/** What a ladder remembers. Levels are numbered, 0 the best; times are monotonic milliseconds. */
export interface LadderState {
  readonly level: number;
  /** Where somebody holds it. */
  readonly held?: number | undefined;
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
  /** Somebody holds it there. */
  | 'held'
  /** Stays: a reading asks for a lower level, but not for long enough. */
  | 'down-dwell'
  /** Stays: all readings allow the next better level, but not for long enough. */
  | 'up-dwell'
  /** Stays: no reading asks for a lower level, and one does not allow a better one; or there is none. */
  | 'steady'
  /** Does not go up: an input has not been heard of for too long, or none ever. */
  | 'no-reading'
  /** The reading is no number: it was ignored, as if it had not come. */
  | 'not-a-number';

export interface LevelDecision {
  readonly state: LadderState;
  readonly reason: LevelReason;
  /** The one that decided: the worst, or the first that does not allow a better level. */
  readonly input: string | undefined;
}

/** Where a ladder begins: at its best level. */
export function firstState({ upDwellMs }: LadderRules): LadderState {
  return { level: 0, ...UNDECIDED, upDwellMs, wentUpMs: -NEVER };
}

/**
 * The level that a ladder takes now, and why. Pure. Readings go by the name of their input.
 *
 * Down: to the best of the levels that were asked for throughout `downDwellMs`. Up: one level, when every reading has
 * allowed it throughout the dwell, counted from the first decision after the last change. When it goes down within
 * `stableMs` after it went up, that step up has failed: the dwell is twice as long from then on, up to
 * `maxUpDwellMs`; else it is `upDwellMs` again. This bounds the changes in any time, whatever the readings do.
 */
export function decideLevel(
  rules: LadderRules,
  before: LadderState,
  readings: ReadonlyMap<string, Reading>,
  nowMs: number,
): LevelDecision {
  const { level, held } = before;
  let demand = 0;
  let worst: string | undefined;
  let blocker: string | undefined;
  let isBlind = false;
  for (const [input, steps] of Object.entries(rules.inputs)) {
    const reading = readings.get(input);
    if (reading === undefined) continue;
    if (nowMs - reading.atMs > rules.staleMs) {
      isBlind = true;
      blocker = input;
      continue;
    }
    const sign = signOf(steps);
    const isBeyond = (threshold?: number) => reading.value * sign >= (threshold as number) * sign;
    const asked = steps.findLastIndex(({ down }) => isBeyond(down)) + 1;
    if (worst === undefined || asked > demand) {
      worst = input;
      demand = asked;
    }
    if (isBeyond(steps[level - 1]?.up)) blocker ??= input;
  }

  const asksDown = demand > level;
  const state = {
    ...before,
    downSinceMs: asksDown ? Math.min(before.downSinceMs, nowMs) : NEVER,
    downTo: asksDown ? Math.min(before.downTo, demand) : NEVER,
    upSinceMs: blocker === undefined && worst !== undefined ? Math.min(before.upSinceMs, nowMs) : NEVER,
  };
  const stay = (reason: LevelReason, input = blocker ?? worst) => ({ state, reason, input });
  const goTo = (to: number, reason: LevelReason, change?: Partial<LadderState>) => ({
    state: { ...state, level: to, ...UNDECIDED, ...change },
    reason,
    input: worst,
  });
  if (held !== undefined) return held === level ? stay('held') : goTo(held, 'held');
  if (asksDown) {
    if (nowMs - state.downSinceMs < rules.downDwellMs) return stay('down-dwell', worst);
    const failed = nowMs - before.wentUpMs < rules.stableMs;
    const upDwellMs = failed ? Math.min(before.upDwellMs * 2, rules.maxUpDwellMs) : rules.upDwellMs;
    return goTo(state.downTo, 'overloaded', { upDwellMs });
  }
  if (isBlind || worst === undefined) return stay('no-reading');
  if (blocker !== undefined || level === 0) return stay('steady');
  if (nowMs - state.upSinceMs < before.upDwellMs) return stay('up-dwell');
  return goTo(level - 1, 'relieved', { wentUpMs: nowMs });
}

const NEVER = Number.POSITIVE_INFINITY;

const UNDECIDED = { downSinceMs: NEVER, downTo: NEVER, upSinceMs: NEVER };
