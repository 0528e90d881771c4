import { COUNT, checkFunctions, checkOptions } from '../../options/index.ts';
import { type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';
import { hedgeStarted, hedgeWon } from './hedge-signals.ts';
import { latencyQuantile } from './latency-quantile.ts';

export interface HedgeOptions<T = never> {
  /**
   * How long to wait for an answer before the work is called once more, and again before each further hedge. 0 or more;
   * with 0 all are called at once. With a `quantile`, it counts until enough latencies are known; without it there is
   * no hedge until then.
   */
  readonly delayMs?: number;
  /**
   * Waits as long as such a part of the calls takes, by what the first calls of the runs have taken lately, 100 or more.
   * Above 0, to 1; most use 0.95.
   */
  readonly quantile?: number;
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
  const { delayMs: fixedMs, quantile, maxHedges = 1, budget, isGood = () => true } = options;
  checkOptions('hedge', {
    delayMs: [fixedMs ?? (quantile && 0), { least: 0, most: Number.MAX_SAFE_INTEGER }],
    quantile: [quantile ?? 1, { least: 0, most: 1, above: true }],
    maxHedges: [maxHedges, COUNT],
  });
  checkFunctions('hedge', { isGood });
  const latencies = quantile ? latencyQuantile(quantile) : undefined;

  function attach(_level: number, { name: source, clock, signals }: Environment): Layer {
    const started = signals.channel(hedgeStarted);
    const won = signals.channel(hedgeWon);

    const around: Layer['around'] = (inside, attempt) =>
      new Promise((resolve, reject) => {
        const { signal, operation } = attempt;
        const origin = { source, operationId: operation.id };
        const beganMs = clock.monotonicMs();
        const delayMs = latencies?.estimateMs() ?? fixedMs;
        const running = new Map<number, AbortController>();
        /** Aborts when there is to be no further hedge. */
        const closed = new AbortController();
        /** The call that has delivered output, or given a good answer. */
        let winner: number | undefined;
        let first: (() => void) | undefined;
        let hedges = 0;

        function close(but?: number, reason: unknown = new DOMException(LOST, 'AbortError')): void {
          closed.abort();
          for (const [call, controller] of running) if (call !== but) controller.abort(reason);
        }

        function end(call: number, good: boolean, settle: () => void): void {
          running.delete(call);
          if ((winner ?? call) !== call) return;
          first ??= settle;
          if (good) {
            winner = call;
            if (!call || running.has(0)) latencies?.record(clock.monotonicMs() - beganMs);
            budget?.deposit?.();
            if (call) won.emit({ hedge: call }, origin);
          } else if (winner === undefined && running.size) return;
          close();
          (winner === call ? settle : first)();
        }

        async function start(call: number): Promise<void> {
          const controller = new AbortController();
          running.set(call, controller);
          inside({
            signal: controller.signal,
            operation,
            onProgress(progress) {
              if (progress === 'output' && winner === undefined) {
                winner = call;
                close(call);
              }
              attempt.progress(progress);
            },
          })
            .then((value) => end(call, isGood(value as T), () => resolve(value)))
            .catch((error) => end(call, false, () => reject(error)));
          if (delayMs === undefined || call >= maxHedges) return;
          await clock.sleep(delayMs, { signal: closed.signal, keepAlive: false });
          if (closed.signal.aborted || (budget && !budget.tryTake())) return;
          started.emit({ hedge: ++hedges, delayMs }, origin);
          await start(hedges);
        }

        function stop(): void {
          close(undefined, signal.reason);
          for (; hedges; hedges--) budget?.giveBack?.();
        }

        start(0).catch(() => undefined);
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      });

    return layer({ around });
  }

  return Object.freeze({ kind: 'hedge', attach });
}

const LOST = 'another call was first';
