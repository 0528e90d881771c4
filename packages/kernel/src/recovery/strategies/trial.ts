import { classify } from '../../faults/index.ts';
import { type PipelineOptions, type Policy, pipeline, type Work } from '../../policies/index.ts';

/** What strategies that wait may be told: a clock, and the like. */
export type TrialOptions = PipelineOptions;

/** What came of a trial: an answer, or what it failed of. */
export interface Tried<T> {
  readonly answer?: T;
  readonly problem?: string;
}

/** Does what a strategy does under policies: as often and for as long as they allow. Never rejects. */
export function trial(name: string, options: TrialOptions, ...policies: readonly Policy<never, unknown>[]) {
  const protectedBy = pipeline({ name, ...options }, ...policies);
  return async <T>(signal: AbortSignal | undefined, work: Work<T>): Promise<Tried<T>> => {
    try {
      return { answer: await protectedBy.run(work, { signal }) };
    } catch (error) {
      return { problem: classify(error).message };
    }
  };
}
