import { type Clock, SimulatedClock } from '../../time/index.ts';
import {
  type Attempt,
  pipeline,
  type StreamDeadlineOptions,
  streamDeadline,
  streamFaults,
} from '../index.ts';

export type Step = readonly [atMs: number, what: Parameters<Attempt['progress']>[0] | 'end'];

/** Tells its progress at the given times of the attempt, and ends, or never. */
export const plays = (clock: Clock, steps: readonly Step[]) => async (attempt: Attempt) => {
  let nowMs = 0;
  for (const [atMs, what] of steps) {
    await clock.sleep(atMs - nowMs);
    nowMs = atMs;
    if (what === 'end') return 'ended';
    attempt.progress(what);
  }
  return new Promise<never>(() => undefined);
};

/** When and how a run with these deadlines ends. */
export async function trial(options: StreamDeadlineOptions, steps: readonly Step[]): Promise<string> {
  const clock = new SimulatedClock();
  const run = pipeline({ clock, name: 'tts' }, streamDeadline(options)).run(plays(clock, steps));
  const ended = await clock.run(run).catch((error: unknown) => {
    if (!streamFaults.STREAM_TIMED_OUT.matches(error)) throw error;
    const { phase, timeoutMs, pipeline } = error.context;
    return `${pipeline} ${phase} ${timeoutMs}`;
  });
  return `${clock.monotonicMs()} ms: ${ended}`;
}
