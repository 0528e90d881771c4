import { COUNT, checkOptions, POSITIVE } from '@sustain/kernel/options';
import type { HealthCheck, HealthResult } from '../health-check.ts';
import type { EventLoopWatch, LoopFigures } from '../loop-watch/index.ts';
import { type CheckOptions, ownFields } from './check-options.ts';

export interface EventLoopCheckOptions extends CheckOptions {
  /** How much audio those who listen have ahead: a longer delay is heard. Milliseconds, above 0. Default 200. */
  readonly jitterBufferMs?: number;
  /** How many late frames in 10 s degrade. A whole number, 1 or more. Default 3. */
  readonly degradedAtLateFrames?: number;
}

/**
 * Judges what `eventLoopWatch` sees: degraded from 3 late frames in 10 s on; unhealthy when the longest delay exceeds the
 * jitter buffer in two windows of 10 s in a row, until a whole window was without.
 */
export function eventLoopCheck(
  watch: Pick<EventLoopWatch, 'figures'>,
  options: EventLoopCheckOptions = {},
): HealthCheck {
  const { jitterBufferMs = 200, degradedAtLateFrames = 3 } = options;
  checkOptions('eventLoopCheck', {
    jitterBufferMs: [jitterBufferMs, POSITIVE],
    degradedAtLateFrames: [degradedAtLateFrames, COUNT],
  });
  return {
    ...ownFields(options, { name: 'event-loop' }),
    check: () => judgeEventLoop(watch.figures(), jitterBufferMs, degradedAtLateFrames),
  };
}

function judgeEventLoop(
  { lateFrames, longestDelaysMs }: LoopFigures,
  jitterBufferMs: number,
  degradedAtLateFrames: number,
): HealthResult {
  const [now, before, earlier] = longestDelaysMs.map((ms) => ms > jitterBufferMs);
  const longestMs = Math.round(Math.max(...longestDelaysMs));
  if (before && (now || earlier)) {
    const message = `the event loop was late by up to ${longestMs} ms, again and again: longer than the ${jitterBufferMs} ms of audio that listeners have`;
    return { status: 'unhealthy', message, observed: { value: longestMs, unit: 'ms' } };
  }
  const observed = { value: lateFrames, unit: 'frames' };
  if (lateFrames < degradedAtLateFrames) return { status: 'healthy', observed };
  const message = `${lateFrames} audio frames were late in 10 s: the event loop was blocked for up to ${longestMs} ms`;
  return { status: 'degraded', message, observed };
}
