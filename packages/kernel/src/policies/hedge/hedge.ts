import { COUNT, checkFunctions, checkOptions } from '../../options/index.ts';
import type { SignalChannel } from '../../signals/index.ts';
import type { Timer } from '../../time/index.ts';
import { type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';
import { hedgeRefused, hedgeStarted, hedgeWon } from './hedge-signals.ts';
import { type LatencyQuantile, latencyQuantile, MAX_MIN_SAMPLES } from './latency-quantile.ts';

export interface HedgeOptions<T = never> {
  /**
   * How long to wait for an answer before the work is called once more, and again before each further hedge. 0 or more;
   * with 0 all are called at once. With a `quantile`, it counts until enough latencies are known; without it there is
   * no hedge until then.
   */
  readonly delayMs?: number;
  /** Waits as long as most calls take, by what the first calls of the runs have taken lately. */
  readonly quantile?: {
    /** Such a part of the calls is answered by then. Above 0, to 1. Default 0.95. */
    readonly q?: number;
    /** From so many on. A whole number from 1 to 1000. Default 100. */
    readonly minSamples?: number;
  };
  /** How many hedges a run has at most. A whole number, 1 or more. Default 1. */
  readonly maxHedges?: number;
  /** Pays for hedges: a `retryBudget`, best the one of the retries. Its `deposit` is called for each run that succeeds. */
  readonly budget?: {
    tryTake(): boolean;
    giveBack?(): void;
    deposit?(): void;
  };
  /** Whether a result is what was wanted. Default: every one is. */
  readonly isGood?: (result: T) => boolean;
}

/**
 * Calls slow work once more, beside the call that runs, and answers what comes first and is good. The other calls are
 * told to stop and no longer waited for; their reason is an AbortError, and to the policies inside they are cancelled, not
 * failed. Only for work that may be done twice. Throws a RangeError or TypeError when an option is out of range.
 *
 * A hedge is for work that is slow. Work that fails before there is a hedge has failed: to call again is a retry's
 * part. When all calls have failed or answered what is not good, the run ends like the one of them that did so first.
 *
 * The first call to tell of `output` has won, good or bad: the others are told to stop, and no more are made.
 *
 * Order: inside of a retry and of the timeout of the whole, outside of a breaker, a bulkhead and the timeout of each call:
 * what is inside is done for each call by itself.
 *
 * Latencies for the quantile: a first call that lost is counted with the time it ran, which is longer than the delay,
 * so that the part of calls above it stays true (right-censored at the win); one that failed or was cancelled is not.
 */
export function hedge<T = never>(options: HedgeOptions<T>): Policy<never, [T] extends [never] ? unknown : T> {
  const { delayMs, quantile, maxHedges = 1 } = options;
  const { q = 0.95, minSamples = 100 } = quantile ?? {};
  checkOptions('hedge', {
    delayMs: [delayMs ?? (quantile && 0), { least: 0, most: Number.MAX_SAFE_INTEGER }],
    q: [q, { least: 0, most: 1, above: true }],
    minSamples: [minSamples, { ...COUNT, most: MAX_MIN_SAMPLES }],
    maxHedges: [maxHedges, COUNT],
  });
  checkFunctions('hedge', { isGood: options.isGood });
  const latencies = quantile && latencyQuantile(q, minSamples);
  return Object.freeze({
    kind: 'hedge',
    attach: (_level: number, environment: Environment) =>
      attach(options as HedgeOptions<unknown>, maxHedges, latencies, environment),
  });
}

function attach(
  { budget, isGood, delayMs: givenMs }: HedgeOptions<unknown>,
  maxHedges: number,
  latencies: LatencyQuantile | undefined,
  { name: source, clock, signals }: Environment,
): Layer {
  const started = signals.channel(hedgeStarted);
  const won = signals.channel(hedgeWon);
  const refused = signals.channel(hedgeRefused);

  const around: Layer['around'] = (inside, attempt) =>
    new Promise((resolve, reject) => {
      const { signal, operation } = attempt;
      const beganMs = clock.monotonicMs();
      const delayMs = latencies?.estimateMs() ?? givenMs;
      const running = new Map<number, AbortController>();
      let hedges = 0;
      /** No further hedge. */
      let closed = false;
      /** The call that has delivered output, or given a good answer. */
      let winner: number | undefined;
      let first: (() => void) | undefined;
      let timer: Timer | undefined;

      function tell<Data>(channel: SignalChannel<Data>, data: Data): void {
        if (channel.heard) channel.emit(data, { source, operationId: operation.id });
      }

      function close(reason: unknown, but?: number): void {
        closed = true;
        timer?.cancel();
        for (const [call, controller] of running) if (call !== but) controller.abort(reason);
      }

      function end(call: number, good: boolean, settle: () => void): void {
        running.delete(call);
        if ((winner ?? call) !== call) return;
        first ??= settle;
        if (good) {
          if (call === 0 || running.has(0)) latencies?.record(clock.monotonicMs() - beganMs);
          budget?.deposit?.();
          if (call > 0) tell(won, { hedge: call });
          winner = call;
        }
        if (winner === undefined && running.size > 0) return;
        close(lost());
        if (winner === undefined) first();
        else settle();
      }

      function start(call: number): void {
        const controller = new AbortController();
        running.set(call, controller);
        inside({
          signal: controller.signal,
          operation,
          onProgress: (progress) => {
            if (progress === 'output' && winner === undefined) {
              winner = call;
              close(lost(), call);
            }
            attempt.progress(progress);
          },
        })
          .then((value) => end(call, isGood === undefined || isGood(value), () => resolve(value)))
          .catch((error) => end(call, false, () => reject(error)));
        if (call < maxHedges && delayMs !== undefined) {
          // A reaction, not the timer itself, calls the work: it belongs to the operation of the run.
          void new Promise<void>((due) => {
            timer = clock.deadline(delayMs, clock.monotonicMs(), due, undefined);
          }).then(() => hedgeAfter(call, delayMs));
        }
      }

      function hedgeAfter(call: number, delayMs: number): void {
        if (closed) return;
        const hedge = call + 1;
        if (budget !== undefined && !budget.tryTake()) {
          tell(refused, { hedge });
          return;
        }
        hedges++;
        tell(started, { hedge, delayMs });
        start(hedge);
      }

      function stop(): void {
        close(signal.reason);
        for (; hedges > 0; hedges--) budget?.giveBack?.();
      }

      start(0);
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });

  return layer({ around });
}

function lost(): DOMException {
  return new DOMException('another call was first', 'AbortError');
}
