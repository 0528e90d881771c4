import { errorToJson, isCancelled } from '../../faults/index.ts';
import { COUNT, checkFunctions, checkOptions, FOREVER } from '../../options/index.ts';
import { noSignals } from '../../signals/index.ts';
import { systemClock } from '../../time/index.ts';
import { type Attempt, type Pipeline, pipeline, type RunOptions } from '../pipeline/index.ts';
import type { ChainSource, FallbackChainOptions } from './chain-options.ts';
import { fallbackChainFaults } from './fallback-chain-faults.ts';
import { chainStepped } from './fallback-chain-signals.ts';

export interface FallbackChain<Input, Output> {
  readonly name: string;
  /** The name of the source that serves: that calls go to first. */
  readonly source: string;
  /**
   * The first good output of a source. Rejects with the fault ALL_SOURCES_FAILED, whose cause is an AggregateError of what
   * they failed of, in order; with the reason of `options.signal`; or with the error of a source itself when output of it
   * was delivered already, or when it says that it was cancelled.
   */
  run(input: Input, options?: RunOptions): Promise<Output>;
}

/**
 * Sources of the same thing, in order of preference: a call goes to the one that serves, and when that fails to those
 * after it, then to those before. Who served last serves the next calls, too. Throws a RangeError or TypeError when an
 * option is out of range.
 *
 * Easily left, slowly returned to: a preferred source that failed is left alone for `retryPreferredAfterMs`, then tried
 * by one call at a time, which goes on to the source that serves if it fails. With `stableAfter` good answers in a row it
 * serves again; a failure begins the wait anew. There is no timer: calls bring trials about.
 *
 * A source that fails is told by `chain.stepped` and nowhere else while another serves. Calls that began before the last
 * change of the serving source change nothing.
 */
export function fallbackChain<Input, Output>(
  options: FallbackChainOptions<Input, Output>,
): FallbackChain<Input, Output> {
  const { name: chain, isGood = () => true, retryPreferredAfterMs = 30_000, stableAfter = 3 } = options;
  const { clock = systemClock, signals = noSignals } = options;
  const what = `chain ${chain}`;
  checkOptions(what, {
    retryPreferredAfterMs: [retryPreferredAfterMs, { least: 0 }],
    stableAfter: [stableAfter, COUNT],
  });
  checkFunctions(what, { isGood });
  const names = options.sources.map(({ name }) => name);
  if (!names.length || new Set(names).size < names.length) {
    throw new TypeError(`the ${what} must have sources with names of their own; got [${names}]`);
  }
  const stepped = signals.channel(chainStepped);
  const whole = pipeline(options);
  const sources = options.sources.map(({ name, run, policies = [] }): Source<Input, Output> => {
    checkFunctions(`source ${name}`, { run: run ?? null });
    const own: Pipeline<Output, Output> = pipeline({ ...options, name: `${chain}.${name}` }, ...policies);
    return { name, run, own, retryAtMs: 0, goodInRow: 0 };
  });
  let serving = sources[0] as Source<Input, Output>;
  /** Counts changes of `serving`. */
  let changes = 0;

  async function answer(input: Input, attempt: Attempt, options: RunOptions): Promise<Output> {
    const { operation, signal } = attempt;
    const origin = { source: chain, operationId: operation.id };
    const began = changes;
    const nowMs = clock.monotonicMs();
    const home = sources.indexOf(serving);
    // The one that has waited longest, so that one that stays down does not keep the others from their turn.
    const [trial] = sources
      .slice(0, home)
      .filter(({ retryAtMs }) => nowMs >= retryAtMs)
      .sort((one, other) => one.retryAtMs - other.retryAtMs);
    const { retryAtMs } = trial ?? serving;
    if (trial) trial.retryAtMs = FOREVER; // Not by others at the same time.
    let delivered = false;

    /** `good` is undefined when the call was cancelled. */
    function judge(source: Source<Input, Output>, good?: boolean): void {
      const isTrial = source === trial;
      if (isTrial) source.retryAtMs = retryAtMs;
      if (began !== changes || good === undefined) return;
      source.goodInRow = good ? source.goodInRow + 1 : 0;
      if (!good) source.retryAtMs = clock.monotonicMs() + retryPreferredAfterMs;
      if (!good || source === serving || (isTrial && source.goodInRow < stableAfter)) return;
      if (isTrial) stepped.emit({ chain, from: serving.name, to: source.name, reason: 'stable' }, origin);
      serving = source;
      changes++;
    }

    const order = [...new Set([trial ?? serving, ...sources.slice(home), ...sources])];
    const errors: unknown[] = [];
    for (const [at, source] of order.entries()) {
      try {
        const output = await source.own.run(
          async (own) => {
            const given = await source.run(input, own);
            if (isGood(given, input)) return given;
            throw fallbackChainFaults.OUTPUT_REJECTED({ chain, source: source.name }, origin);
          },
          {
            ...options,
            operation,
            signal,
            onProgress(progress) {
              delivered ||= progress === 'output';
              attempt.progress(progress);
            },
          },
        );
        judge(source, true);
        return output;
      } catch (error) {
        const cancelled = signal.aborted || isCancelled(error);
        judge(source, cancelled ? undefined : false);
        if (cancelled || delivered) throw error;
        errors.push(error);
        const to = order[at + 1]?.name ?? null;
        stepped.emit({ chain, from: source.name, to, reason: 'error', error }, origin);
      }
    }
    const causes = errors.map((error, at) => `${order[at]?.name}: ${errorToJson(error).message}`);
    const cause = new AggregateError(errors);
    throw fallbackChainFaults.ALL_SOURCES_FAILED({ chain, causes }, { ...origin, cause });
  }

  return Object.freeze({
    name: chain,
    get source() {
      return serving.name;
    },
    run: (input: Input, options: RunOptions = {}) =>
      whole.run((attempt) => answer(input, attempt, options), options) as Promise<Output>,
  });
}

/** A source, and how it does. */
interface Source<Input, Output> extends ChainSource<Input, Output> {
  readonly own: Pipeline<Output, Output>;
  /** When it may be tried again while another one serves. Never, while a trial of it is under way. */
  retryAtMs: number;
  goodInRow: number;
}
