/** Throws a RangeError unless all are times that can be waited for. */
export function checkGraceTimes(child: string, timesMs: Readonly<Record<string, number>>): void {
  for (const [name, timeMs] of Object.entries(timesMs)) {
    if (!(timeMs >= 0 && timeMs < Number.POSITIVE_INFINITY)) {
      throw new RangeError(
        `${name} of ${child} must be a finite number of milliseconds, 0 or more; got ${timeMs}`,
      );
    }
  }
}
