import { checkOption, POSITIVE } from '../../options/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { type Pipeline, pipeline, type RunOptions, type Work } from '../pipeline/index.ts';
import { timeout } from '../timeout/index.ts';
import { turnFaults } from './turn-faults.ts';

export interface TurnDeadlineOptions<Step extends string> {
  /** How long a turn may take from end to end. Above 0. */
  readonly totalMs: number;
  /** The steps in their order, each with its share of the time: numbers above 0, in relation to each other. */
  readonly steps: Readonly<Record<Step, number>>;
  /** Default: the host's time. The pipelines of the steps must have the same. */
  readonly clock?: Clock;
}

/** One deadline for a turn of several steps: for all turns of a kind. */
export interface TurnDeadline<Step extends string> {
  /** Begins a turn. When `signal` aborts, its steps end as cancelled, with the signal's reason. */
  begin(options?: { readonly signal?: AbortSignal | undefined }): Turn<Step>;
}

/** A turn that has begun. Needs no end. */
export interface Turn<Step extends string> {
  /** What `step` would be allowed if it began now, in milliseconds; 0 when the turn is over. */
  allowedMs(step: Step): number;
  /**
   * Does `work` under the policies `within`, as `step`, for as long as that is allowed now. Rejects at its deadline, work
   * or no work, with the fault TIMED_OUT, which has the step for its pipeline and is also the reason of `attempt.signal`.
   * When nothing is left it rejects with TURN_DEADLINE, which is not retryable, and `work` is not called.
   *
   * For the policies of the step a deadline is a stop from outside: breakers do not count it. A retry is only made when
   * its wait ends before.
   */
  run<T extends Takes, Adds = never, Takes = unknown>(
    step: Step,
    within: Pick<Pipeline<Adds, Takes>, 'run'>,
    work: Work<T>,
    options?: Omit<RunOptions, 'signal' | 'deadlineMs'>,
  ): Promise<T | Adds>;
}

/**
 * One end-to-end deadline for a turn, divided over its steps: speech to text, language model, text to speech. Throws a
 * RangeError or TypeError when an option is out of range.
 *
 * A step that begins is allowed its share of what is left, in relation to the shares of the steps from it on. So what a
 * step does not use flows on to those after it, as does the time of steps that are skipped, and the last may use all
 * that is left. Steps may run at once, or again: none outlasts the turn.
 *
 * @example
 * const turns = turnDeadline({ totalMs: 2000, steps: { stt: 0.2, llm: 0.5, tts: 0.3 } });
 * const turn = turns.begin({ signal: bargeIn });
 * const text = await turn.run('stt', sttPolicies, ({ signal }) => transcribe(audio, signal));
 */
export function turnDeadline<Step extends string>(options: TurnDeadlineOptions<Step>): TurnDeadline<Step> {
  const { totalMs, steps, clock = systemClock } = options;
  checkOption('totalMs of a turn', totalMs, POSITIVE);
  const check = (step: string, share: unknown) => checkOption(`the share ${step} of a turn`, share, POSITIVE);
  /** What part of what is left a step may use. */
  const parts = new Map<string, number>();
  let sharesFromHere = 0;
  for (const [step, share] of Object.entries<number>(steps).reverse()) {
    check(step, share);
    sharesFromHere += share;
    parts.set(step, share / sharesFromHere);
  }

  const begin: TurnDeadline<Step>['begin'] = ({ signal } = {}) => {
    const endMs = clock.monotonicMs() + totalMs;
    const allowedMs = (step: Step) => {
      const part = parts.get(step);
      check(step, part);
      return (part as number) * Math.max(endMs - clock.monotonicMs(), 0);
    };
    return {
      allowedMs,
      async run(step, within, work, runOptions) {
        const timeoutMs = allowedMs(step);
        if (!timeoutMs)
          throw turnFaults.TURN_DEADLINE(
            { pipeline: step, timeoutMs },
            { operationId: runOptions?.operation?.id },
          );
        const deadlineMs = clock.monotonicMs() + timeoutMs;
        return pipeline({ name: step, clock }, timeout(timeoutMs)).run(
          (attempt) => within.run(work, { ...runOptions, signal: attempt.signal, deadlineMs }),
          { ...runOptions, signal },
        );
      },
    };
  };

  return Object.freeze({ begin });
}
