/** Throws a RangeError unless `delayMs` is a number of milliseconds that can be waited for. */
export function checkDelay(delayMs: number): void {
  if (!(delayMs >= 0 && Number.isFinite(delayMs))) {
    throw new RangeError(`a delay must be a finite number of milliseconds, 0 or more; got ${delayMs}`);
  }
}
