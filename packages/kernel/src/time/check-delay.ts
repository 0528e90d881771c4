import { checkOption } from '../options/index.ts';

/** Throws an error that says what was got and what is allowed, unless `delayMs` is a time that can be waited for. */
export function checkDelay(delayMs: number): void {
  checkOption('delayMs', delayMs, { least: 0, most: Number.MAX_VALUE });
}
