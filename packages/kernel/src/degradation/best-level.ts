import { type LadderRules, signOf } from './ladder-rules.ts';

/** The best level that all readings bear. */
export interface BestLevel {
  /** 0 the best. No more than one above that of now; that of now when there is no reading. */
  readonly level: number;
  /** The first of the inputs that bear no better one. */
  readonly input: string | undefined;
}

/** What the readings ask for, by the name of their input, of a ladder that is at `now`. Pure. */
export function bestLevel(
  inputs: LadderRules['inputs'],
  readings: ReadonlyMap<string | undefined, number>,
  now: number,
): BestLevel {
  let best: BestLevel | undefined;
  for (const [input, steps] of Object.entries(inputs)) {
    const value = readings.get(input);
    if (value === undefined) continue;
    const sign = signOf(steps);
    const isBeyond = (threshold?: number) => value * sign >= (threshold as number) * sign;
    const asked = steps.findLastIndex(({ down }) => isBeyond(down)) + 1;
    const level = Math.max(asked, isBeyond(steps[now - 1]?.up) ? now : now - 1);
    if (!best || level > best.level) best = { level, input };
  }
  return best ?? { level: now, input: undefined };
}
