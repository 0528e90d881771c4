import { createOperation, currentOperation, errorToJson, isCancelled } from '../../faults/index.ts';
import { COUNT, checkFunctions, checkOptions } from '../../options/index.ts';
import { noSignals, type SignalType } from '../../signals/index.ts';
import { systemClock, systemRandom } from '../../time/index.ts';
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
 * serves again; a failure begins the wait anew. With a `probe`, no call is put at risk. There is no timer: calls bring
 * trials and probes about.
 *
 * A source that fails is told by `chain.stepped` and nowhere else while another serves. Calls that began before the last
 * change of the serving source change nothing.
 */
export function fallbackChain<Input, Output>(
  options: FallbackChainOptions<Input, Output>,
): FallbackChain<Input, Output> {
  const { name: chain, isGood, retryPreferredAfterMs = 30_000, stableAfter = 3 } = options;
  const { clock = systemClock, random = systemRandom, signals = noSignals } = options;
  checkOptions(`chain ${chain}`, {
    retryPreferredAfterMs: [retryPreferredAfterMs, { least: 0 }],
    stableAfter: [stableAfter, COUNT],
  });
  checkFunctions(`chain ${chain}`, { isGood });
  const names = options.sources.map(({ name }) => name);
  if (names.length === 0 || new Set(names).size < names.length) {
    throw new TypeError(`the chain ${chain} must have sources with names of their own; got [${names}]`);
  }
  const stepped = signals.channel(chainStepped);
  const sources = options.sources.map((source): Source<Input, Output> => {
    const { run, probe } = source;
    checkFunctions(`source ${source.name}`, { run: run ?? null, probe });
    const environment = { name: `${chain}.${source.name}`, clock, random, signals };
    const own = pipeline(environment, ...(source.policies ?? [])) as Pipeline<unknown, unknown>;
    return { ...source, pipeline: own, retryAtMs: 0, goodInRow: 0, isTried: false };
  });
  let serving = sources[0] as Source<Input, Output>;
  /** Counts changes of `serving`. */
  let changes = 0;

  async function run(input: Input, options: RunOptions = {}): Promise<Output> {
    const operation =
      options.operation ?? currentOperation() ?? createOperation(options.name ?? chain, random);
    const origin = { source: chain, operationId: operation.id };
    const began = changes;
    let delivered = false;
    const onProgress: RunOptions['onProgress'] = (progress) => {
      delivered ||= progress === 'output';
      options.onProgress?.(progress);
    };

    function step(from: Source<Input, Output>, to: Source<Input, Output> | undefined, why: Why): void {
      if (stepped.heard) stepped.emit({ chain, from: from.name, to: to?.name ?? null, ...why }, origin);
    }

    function judge(source: Source<Input, Output>, isTrial: boolean, good: boolean): void {
      if (began !== changes) return;
      source.goodInRow = good ? source.goodInRow + 1 : 0;
      if (!good) source.retryAtMs = clock.monotonicMs() + retryPreferredAfterMs;
      if (!good || source === serving || (isTrial && source.goodInRow < stableAfter)) return;
      if (isTrial) step(serving, source, { reason: 'stable' });
      serving = source;
      changes++;
    }

    async function ask(
      source: Source<Input, Output>,
      isTrial: boolean,
      work: (attempt: Attempt) => unknown,
      check: (answer: unknown) => boolean,
      own: RunOptions,
    ): Promise<unknown> {
      if (isTrial) source.isTried = true;
      try {
        const answer = await source.pipeline.run(async (attempt) => {
          const given = await work(attempt);
          if (check(given)) return given;
          throw fallbackChainFaults.OUTPUT_REJECTED(
            { chain, source: source.name },
            { operationId: operation.id },
          );
        }, own);
        judge(source, isTrial, true);
        return answer;
      } catch (error) {
        if (!own.signal?.aborted && !isCancelled(error)) judge(source, isTrial, false);
        throw error;
      } finally {
        if (isTrial) source.isTried = false;
      }
    }

    const home = sources.indexOf(serving);
    const nowMs = clock.monotonicMs();
    const others = [...sources.slice(home), ...sources.slice(0, home)];
    // The one that has waited longest, so that one that stays down does not keep the others from their turn.
    let [trial] = sources
      .slice(0, home)
      .filter(({ isTried, retryAtMs }) => !isTried && nowMs >= retryAtMs)
      .sort((one, other) => one.retryAtMs - other.retryAtMs);
    if (trial?.probe) {
      ask(trial, true, trial.probe, (answer) => answer !== false, { operation }).catch(() => undefined);
      trial = undefined;
    }
    const order = [...new Set([trial ?? serving, ...others])];
    const failures: { readonly source: string; readonly error: unknown }[] = [];
    const isWanted = (output: unknown) => isGood === undefined || isGood(output as Output, input);
    for (const [at, source] of order.entries()) {
      const work = (attempt: Attempt) => source.run(input, attempt);
      try {
        return (await ask(source, source === trial, work, isWanted, {
          ...options,
          operation,
          onProgress,
        })) as Output;
      } catch (error) {
        if (options.signal?.aborted || delivered || isCancelled(error)) throw error;
        failures.push({ source: source.name, error });
        step(source, order[at + 1], {
          reason: fallbackChainFaults.OUTPUT_REJECTED.matches(error) ? 'output' : 'error',
          error,
        });
      }
    }
    const causes = failures.map(({ source, error }) => ({ source, error: errorToJson(error).message }));
    const cause = new AggregateError(failures.map(({ error }) => error));
    throw fallbackChainFaults.ALL_SOURCES_FAILED({ chain, causes }, { operationId: operation.id, cause });
  }

  return Object.freeze({
    name: chain,
    get source() {
      return serving.name;
    },
    run,
  });
}

type Step = typeof chainStepped extends SignalType<infer Data> ? Data : never;

type Why = Pick<Step, 'reason' | 'error'>;

/** A source, and how it does. */
interface Source<Input, Output> extends ChainSource<Input, Output> {
  readonly pipeline: Pipeline<unknown, unknown>;
  /** When it may be tried again while another one serves. */
  retryAtMs: number;
  goodInRow: number;
  /** Whether a trial of it is under way. */
  isTried: boolean;
}
