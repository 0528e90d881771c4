export type TrendDirection = 'rising' | 'falling' | 'steady' | 'too few to say';

/** How often something happened in the first and in the second half of a time. */
export interface Trend {
  readonly direction: TrendDirection;
  readonly firstHalf: number;
  readonly secondHalf: number;
}

/**
 * Whether something happens more often in the second half: by more than chance explains. Of events that keep coming
 * at one rate, the second half gets a binomial share; two standard deviations from it (as chance does once in 20
 * times) is a change. Fewer than 8 events say nothing.
 */
export function trendOf(firstHalf: number, secondHalf: number, secondShare: number): Trend {
  return { direction: direction(firstHalf, secondHalf, secondShare), firstHalf, secondHalf };
}

function direction(firstHalf: number, secondHalf: number, secondShare: number): TrendDirection {
  const events = firstHalf + secondHalf;
  if (events < 8 || secondShare <= 0 || secondShare >= 1) return 'too few to say';
  const deviation = Math.sqrt(events * secondShare * (1 - secondShare));
  const score = (secondHalf - events * secondShare) / deviation;
  if (score >= 2) return 'rising';
  return score <= -2 ? 'falling' : 'steady';
}
