import { headOf, isCancelled } from '../../faults/index.ts';
import { COUNT, checkOptions, FOREVER, FUNCTION } from '../../options/index.ts';
import { noSignals } from '../../signals/index.ts';
import { systemClock } from '../../time/index.ts';
import { outputFaults } from '../output-faults.ts';
import { type Attempt, type Pipeline, pipeline, type RunOptions } from '../pipeline/index.ts';
import type { FallbackChainOptions } from './chain-options.ts';
import { fallbackChainFaults } from './fallback-chain-faults.ts';
import { chainStepped } from './fallback-chain-signals.ts';

export interface FallbackChain<Input, Output> {
  readonly name: string;
  /** The name of the source that serves: the first one that is trusted. */
  readonly source: string;
  /**
   * The first good output of a source. Rejects with the fault ALL_SOURCES_FAILED, whose cause is an AggregateError of what
   * they failed of, in order; with the reason of `options.signal`; or with the error of a source itself when output of it
   * was delivered already, or when it says that it was cancelled.
   */
  run(input: Input, options?: RunOptions): Promise<Output>;
}

/**
 * Sources of the same thing, in order of preference. A call goes to the first one that is trusted; when that fails, to
 * those after it, and at last to those that have failed lately. Throws a RangeError or TypeError when an option is out of
 * range.
 *
 * Easily left, slowly returned to: a source that failed is not trusted. It is left alone for `retryPreferredAfterMs`, then
 * tried by one call at a time, which goes on to the others if it fails. With `stableAfter` good answers in a row it is
 * trusted again, or with one when no other is; a failure begins the wait anew. There is no timer: calls bring trials about.
 *
 * A source that fails is told by `chain.stepped` and nowhere else while another serves. What a call finds that began
 * before the source's last failure changes nothing.
 */
export function fallbackChain<Input, Output>(
  options: FallbackChainOptions<Input, Output>,
): FallbackChain<Input, Output> {
  const { name: chain, isGood = () => true, retryPreferredAfterMs = 30_000, stableAfter = 3 } = options;
  const { clock = systemClock, signals = noSignals } = options;
  const what = `chain ${chain}`;
  checkOptions(what, {
    'different sources': [
      new Set(options.sources.map(({ name }) => name)).size,
      { least: options.sources.length || 1 },
    ],
    retryPreferredAfterMs: [retryPreferredAfterMs, { least: 0 }],
    stableAfter: [stableAfter, COUNT],
    isGood: [isGood, FUNCTION],
  });
  const stepped = signals.channel(chainStepped);
  const whole = pipeline(options);
  const sources = options.sources.map(({ name, run, policies = [] }) => {
    checkOptions(`source ${name}`, { run: [run ?? null, FUNCTION] });
    const own: Pipeline<Output, Output> = pipeline({ ...options, name: `${chain}.${name}` }, ...policies);
    const health: Health = { owed: 0, retryAtMs: 0 };
    return { name, run, own, health };
  });
  type Source = (typeof sources)[number];
  const trusted = () => sources.find(({ health }) => !health.owed);

  async function answer(input: Input, attempt: Attempt, options: RunOptions): Promise<Output> {
    const { operation, signal } = attempt;
    const origin = { source: chain, operationId: operation.id };
    const left = [...sources];
    const errors: unknown[] = [];
    const causes: string[] = [];
    let delivered = false;
    let source = next();

    function next(): Source | undefined {
      const nowMs = clock.monotonicMs();
      const at = left.findIndex(({ health }) => nowMs >= health.retryAtMs);
      return left.splice(Math.max(at, 0), 1)[0];
    }

    while (source) {
      const { name, run, own, health }: Source = source;
      // Not by others at the same time.
      if (health.owed) health.retryAtMs = FOREVER;
      try {
        const output = await own.run(
          async (ownAttempt) => {
            const given = await run(input, ownAttempt);
            if (isGood(given, input)) return given;
            throw outputFaults.OUTPUT_REJECTED({ pipeline: own.name }, origin);
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
        const from = trusted();
        if (health.owed) health.owed = from ? health.owed - 1 : 0;
        if (from && from !== trusted()) {
          stepped.emit({ chain, from: from.name, to: name, reason: 'stable' }, origin);
        }
        return output;
      } catch (error) {
        const cancelled = signal.aborted || isCancelled(error);
        if (!cancelled && source.health === health) {
          source.health = { owed: stableAfter, retryAtMs: clock.monotonicMs() + retryPreferredAfterMs };
        }
        if (cancelled || delivered) throw error;
        errors.push(error);
        causes.push(`${name}: ${headOf(error).message}`);
        source = next();
        stepped.emit({ chain, from: name, to: source?.name ?? null, reason: 'error', error }, origin);
      } finally {
        health.retryAtMs = 0;
      }
    }
    const cause = new AggregateError(errors);
    throw fallbackChainFaults.ALL_SOURCES_FAILED({ chain, causes }, { ...origin, cause });
  }

  return Object.freeze({
    name: chain,
    get source() {
      return (trusted() ?? (sources[0] as Source)).name;
    },
    run: (input: Input, options: RunOptions = {}) =>
      whole.run((attempt) => answer(input, attempt, options), options) as Promise<Output>,
  });
}

/** How a source does. Replaced when it fails, so that calls that began before can no longer change it. */
interface Health {
  /** How many good answers it owes until it is trusted. */
  owed: number;
  /** When it may be tried: never, while a trial of it is under way. */
  retryAtMs: number;
}
