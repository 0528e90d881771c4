import { checkOptions } from '../../options/index.ts';
import { type Backoff, type GrowthOptions, spread } from './backoff.ts';

export interface ExponentialOptions extends GrowthOptions {
  /** What each further wait is multiplied with. 1 to 1000; 1 keeps the wait constant. Default 2. */
  readonly factor?: number;
}

/** Waits that grow: `baseMs`, times `factor` after each failure, up to `maxMs`. */
export function exponential(options: ExponentialOptions = {}): Backoff {
  const { factor = 2 } = options;
  checkOptions('backoff', { factor: [factor, { least: 1, most: 1000 }] });
  return spread(options, (attempt, baseMs) => baseMs * factor ** (attempt - 1));
}
