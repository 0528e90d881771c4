import { checkNumber, POSITIVE } from '../../options/index.ts';
import { type Clock, systemClock } from '../../time/index.ts';
import { listen, type Pipeline, type RunOptions, unlisten, type Work } from '../pipeline/index.ts';
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
  /** What is left of the whole, in milliseconds; 0 when it is over. */
  readonly remainingMs: number;
  /** What `step` would be allowed if it began now. */
  allowedMs(step: Step): number;
  /**
   * Does `work` under the policies of `pipeline`, as `step`, within what that is allowed now. Rejects at its deadline,
   * work or no work, with the fault TURN_DEADLINE, which is also the reason of `attempt.signal`. For the policies of
   * the step that is a stop from outside: breakers do not count it. A retry is only made when its wait ends before.
   */
  run<T extends Takes, Adds = never, Takes = unknown>(
    step: Step,
    pipeline: Pick<Pipeline<Adds, Takes>, 'run'>,
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
  const names = Object.keys(steps) as Step[];
  checkNumber('totalMs of a turn', totalMs, POSITIVE);
  for (const name of names) checkNumber(`the share ${name} of a turn`, steps[name], POSITIVE);

  const begin: TurnDeadline<Step>['begin'] = ({ signal } = {}) => {
    const endMs = clock.monotonicMs() + totalMs;
    const turn: Turn<Step> = {
      get remainingMs() {
        return Math.max(endMs - clock.monotonicMs(), 0);
      },
      allowedMs(step) {
        const index = names.indexOf(step);
        if (index < 0) throw new TypeError(`a step of this turn must be one of ${names}; got ${step}`);
        const shares = names.slice(index).reduce((sum, name) => sum + steps[name], 0);
        return (steps[step] / shares) * turn.remainingMs;
      },
      run: (step, pipeline, work, runOptions) =>
        new Promise((resolve, reject) => {
          const nowMs = clock.monotonicMs();
          const timeoutMs = turn.allowedMs(step);
          const own = new AbortController();
          const leave = () => {
            timer.cancel();
            if (signal) unlisten(signal, caller);
          };
          const onAbort = (reason: unknown) => {
            leave();
            own.abort(reason);
            reject(reason);
          };
          const onLate = () => onAbort(turnFaults.TURN_DEADLINE({ pipeline: step, timeoutMs }));
          const caller = { onAbort };
          const timer = clock.schedule(timeoutMs, onLate, { keepAlive: false });
          if (signal?.aborted) onAbort(signal.reason);
          else if (signal) listen(signal, caller);
          if (!timeoutMs) onLate();
          pipeline
            .run(work, { ...runOptions, signal: own.signal, deadlineMs: nowMs + timeoutMs })
            .finally(leave)
            .then(resolve, reject);
        }),
    };
    return turn;
  };

  return Object.freeze({ begin });
}
