import { COUNT, checkOptions, FUNCTION, WAIT } from '../../options/index.ts';
import { type Environment, type Layer, layer, type Policy } from '../pipeline/index.ts';
import type { SpendingBudget } from '../retry-budget/index.ts';
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
  readonly budget?: SpendingBudget;
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
 * Latencies for the quantile: a first call that lost is counted with the time it ran until it stopped, which is longer
 * than the delay, so that the part of calls above it stays true; one that failed or was cancelled is not.
 */
export function hedge<T = never>(options: HedgeOptions<T>): Policy<never, [T] extends [never] ? unknown : T> {
  const {
    delayMs: fixedMs,
    quantile,
    maxHedges = 1,
    budget,
    isGood = () => true,
  } = options as HedgeOptions<unknown>;
  checkOptions('hedge', {
    delayMs: [fixedMs ?? (quantile && 0), WAIT],
    quantile: [quantile ?? 1, { least: 0, most: 1, above: true }],
    maxHedges: [maxHedges, COUNT],
    isGood: [isGood, FUNCTION],
  });
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
        const calls: AbortController[] = [];
        /** The calls that may still become the answer. */
        let running = 0;
        let hedgesLeft = delayMs === undefined ? 0 : maxHedges;
        let answer: Promise<unknown> | undefined;

        function stop(but?: AbortController, reason?: unknown): void {
          hedgesLeft = 0;
          for (const call of calls) if (call !== but) call.abort(reason);
        }

        async function start(): Promise<void> {
          const own = new AbortController();
          const hedge = calls.push(own) - 1;
          let good = false;
          running++;
          const result = inside({
            signal: own.signal,
            operation,
            onProgress(progress) {
              if (own.signal.aborted) return;
              if (progress === 'output') {
                stop(own);
                running = 1;
                answer = undefined;
              }
              attempt.progress(progress);
            },
          }).then((value) => {
            good = isGood(value);
            return value;
          });
          const end = () => {
            const lost = own.signal.aborted && own.signal.reason !== signal.reason;
            if (!hedge && (good || lost)) latencies?.record(clock.monotonicMs() - beganMs);
            if (lost) return;
            if (good) answer = result;
            answer ??= result;
            if (--running && !good) return;
            stop();
            resolve(answer);
            if (!good) return;
            budget?.deposit?.();
            if (hedge) won.emit({ hedge }, origin);
          };
          result.then(end, end).catch(reject);
          if (!hedgesLeft) return;
          await clock.sleep(delayMs as number, { signal: own.signal, keepAlive: false });
          if (!hedgesLeft || (budget && !budget.tryTake())) return;
          hedgesLeft--;
          started.emit({ hedge: calls.length, delayMs: delayMs as number }, origin);
          await start();
        }

        function onAbort(): void {
          stop(undefined, signal.reason);
          for (let hedge = calls.length; --hedge; ) budget?.giveBack?.();
        }

        start().catch(() => undefined);
        if (signal.aborted) onAbort();
        else signal.addEventListener('abort', onAbort, { once: true });
      });

    return layer({ around });
  }

  return Object.freeze({ kind: 'hedge', attach });
}
