import { systemClock } from '@sustain/kernel';
import { SessionServiceUnavailableError } from '../src/index.ts';

/** Asks again, for five minutes, as long as it is refused for a reason that passes: by default, that the service is not there. */
export async function until<T>(
  ask: () => Promise<T>,
  passes: (error: unknown) => boolean = isUnavailable,
): Promise<T> {
  for (const endMs = systemClock.monotonicMs() + 300_000; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (systemClock.monotonicMs() > endMs || !passes(error)) throw error;
    }
    await systemClock.sleep(100);
  }
}

const isUnavailable = (error: unknown) => SessionServiceUnavailableError.matches(error);
