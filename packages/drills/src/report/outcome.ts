import type { DrillResult } from '../drill/index.ts';

/** How a drill ended, as reports tell it. `none` is what a fault without a drill has. */
export type Outcome = 'recovered' | 'fallback' | 'person' | 'failed' | 'none';

export const outcomeWords: Readonly<Record<Outcome, string>> = {
  recovered: 'recovered',
  fallback: 'by fallback',
  person: 'told to a person',
  failed: 'failed',
  none: 'no drill',
};

/** What did not hold counts before all else; what was not useful again by itself was told to a person. */
export function outcomeOf({
  ok,
  recovered,
  fallback,
}: Pick<DrillResult, 'ok' | 'recovered' | 'fallback'>): Exclude<Outcome, 'none'> {
  if (!ok) return 'failed';
  if (!recovered) return 'person';
  return fallback ? 'fallback' : 'recovered';
}
