import { timeout } from '../../policies/index.ts';
import type { RecoveryStrategy } from '../recovery-strategy.ts';
import { result, strategy, type TimedStrategyOptions } from './strategy.ts';
import { trial } from './trial.ts';

/** One thing that frees memory: clear the caches, use smaller buffers, go on without the graphics card. */
export interface MemoryStep {
  readonly name: string;
  /** Whether less is done afterwards. Default false. */
  readonly isLesser?: boolean;
  free(signal: AbortSignal): unknown;
}

export interface FreeMemoryOptions extends TimedStrategyOptions {
  /** The mildest first. */
  readonly steps: readonly MemoryStep[];
  /** Whether there is enough now. Asked after each step. */
  isEnough(signal: AbortSignal): Promise<boolean> | boolean;
  /** How long one step may take, with the question after it. Above 0. Default 5000. */
  readonly stepTimeoutMs?: number;
}

/**
 * `free_memory`: takes step after step until there is enough; a step that fails or hangs is passed over. Fallback
 * used: whether less is done now. Throws a RangeError when an option is out of range.
 */
export function freeMemory(options: FreeMemoryOptions): RecoveryStrategy {
  const inTime = trial('free_memory', options, timeout(options.stepTimeoutMs ?? 5000));
  return strategy('free_memory', options, async (_fault, _context, { signal }) => {
    const taken: string[] = [];
    let isLesser = false;
    let isEnough: boolean | undefined;
    for (const step of options.steps) {
      taken.push(step.name);
      ({ answer: isEnough } = await inTime(signal, async (attempt) => {
        await step.free(attempt.signal);
        isLesser ||= step.isLesser === true;
        return options.isEnough(attempt.signal);
      }));
      if (isEnough) break;
    }
    return result(
      isEnough === true,
      isLesser,
      `${isEnough ? 'Freed memory' : 'Not enough memory after'}: ${taken.join(', ')}`,
    );
  });
}
