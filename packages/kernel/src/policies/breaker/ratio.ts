import type { NumberRange } from '../../options/index.ts';

/** @internal A share of calls. */
export const RATIO: NumberRange = { least: 0, above: true, most: 1 };
