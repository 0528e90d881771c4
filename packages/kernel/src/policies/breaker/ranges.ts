import type { NumberRange } from '../../options/index.ts';

/** @internal A share of calls. */
export const RATIO: NumberRange = { least: 0, above: true, most: 1 };

/** @internal What may be of any size, and must be one. */
export const AMOUNT: NumberRange = { least: 0, most: Number.MAX_SAFE_INTEGER };
