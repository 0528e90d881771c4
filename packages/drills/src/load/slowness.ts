import { execFileSync } from 'node:child_process';
import { systemClock } from '@sustain/kernel';

/**
 * How many times slower than usual this machine is just now, 1 or more: the slowest of ten starts of a Node process that
 * does nothing, of which 100 ms each are usual. What is promised in milliseconds is promised of a machine that has its
 * processors for itself; one that shares them may take so many times longer. Blocks for about a second.
 */
export function slowness(): number {
  const startsMs = Array.from({ length: STARTS }, () => {
    const beganMs = systemClock.monotonicMs();
    execFileSync(process.execPath, ['--eval', '0'], { env: {} });
    return systemClock.monotonicMs() - beganMs;
  });
  return Math.max(1, ...startsMs.map((startMs) => startMs / USUAL_MS));
}

const STARTS = 10;
/** Twice what an idle machine with two processors of 2020 takes. */
const USUAL_MS = 100;
