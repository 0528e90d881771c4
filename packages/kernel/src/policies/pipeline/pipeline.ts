import { noSignals, type SignalSink } from '../../signals/index.ts';
import { type Clock, type Random, systemClock, systemRandom } from '../../time/index.ts';
import type { Work } from './attempt.ts';
import type { Environment, Layer } from './layer.ts';
import { planOf } from './plan.ts';
import type { Added, Policy, Taken } from './policy.ts';
import { runFused } from './run.ts';
import type { RunOptions } from './run-options.ts';

/** What all policies of a pipeline share. */
export interface PipelineOptions {
  /** Who signals and timeouts say they are. Default `pipeline`. */
  readonly name?: string;
  /** Default: the host's time. */
  readonly clock?: Clock;
  /** What jitter is drawn from. Default: the host's randomness. */
  readonly random?: Random;
  /** Where retries, breakers and fallbacks are told. Default: nowhere. */
  readonly signals?: SignalSink;
}

/**
 * Policies around work. Immutable and free of per-call state: make it once, call it from anywhere, concurrently.
 *
 * `Adds` is what the policies may answer beside the work's results, `Takes` what they take as results.
 */
export interface Pipeline<Adds = never, Takes = unknown> {
  readonly name: string;
  /**
   * Does `work` under the policies. Rejects with the last error itself, with a fault of a policy, or, when
   * `options.signal` aborts, with the reason of that.
   */
  run<T extends Takes>(work: Work<T>, options?: RunOptions): Promise<T | Adds>;
  /** A function that does what `work` does, under the policies. Use `run` where the work needs its attempt. */
  wrap<Arguments extends readonly unknown[], T extends Takes>(
    work: (...args: Arguments) => Promise<T> | T,
  ): (...args: Arguments) => Promise<T | Adds>;
}

/**
 * Policies around work, the outermost first, in any order and number: `pipeline(fallback(…), retry(…),
 * breaker(…), timeout(…))` answers with the fallback when all retries have failed, and asks the breaker before
 * each of them.
 *
 * The policies are fused when the pipeline is built: a run is one async function and one walk through their hooks,
 * not a nest of functions. See docs/decisions/0002-fused-pipeline.md.
 *
 * A run ends in one of three ways: success, failure, or cancelled by the caller. A policy judges only what ended by
 * itself; what was stopped from further out, by the caller or by another timeout, is cancelled for it: not counted,
 * not retried, not replaced.
 */
export function pipeline<const Policies extends readonly Policy[]>(
  ...policies: Policies
): Pipeline<Added<Policies>, Taken<Policies>>;
export function pipeline<const Policies extends readonly Policy[]>(
  options: PipelineOptions,
  ...policies: Policies
): Pipeline<Added<Policies>, Taken<Policies>>;
export function pipeline(...given: readonly (PipelineOptions | Policy)[]): Pipeline<unknown, never> {
  const [first] = given;
  const hasOptions = typeof first === 'object' && first && !('attach' in first);
  const options: PipelineOptions = hasOptions ? first : {};
  const { name = 'pipeline', clock = systemClock, random = systemRandom, signals = noSignals } = options;
  const run = fuse({ name, clock, random, signals }, (hasOptions ? given.slice(1) : given) as Policy[]);
  return Object.freeze({
    name,
    run,
    wrap:
      <Arguments extends readonly unknown[]>(work: (...args: Arguments) => unknown) =>
      (...args: Arguments) =>
        run(() => work(...args)),
  });
}

type Run = (work: Work<unknown>, options?: RunOptions) => Promise<unknown>;

/** Layers that hold others around make a run of their own of what is inside of them. */
function fuse(environment: Environment, policies: readonly Policy[]): Run {
  const layers: Layer[] = [];
  for (const policy of policies) {
    if (typeof policy?.attach !== 'function') {
      throw new TypeError(`a pipeline must be of options, if any, and policies; got ${String(policy)}`);
    }
    const layer = policy.attach(layers.length, environment);
    const { around } = layer;
    if (around) {
      const outside = planOf(environment, layers);
      const inside = fuse(environment, policies.slice(layers.length + 1));
      return (work, options = {}) =>
        runFused(
          outside,
          (attempt) => around((own) => inside(work, { ...options, ...own }), attempt, options),
          options,
        );
    }
    layers.push(layer);
  }
  const plan = planOf(environment, layers);
  return (work, options) => runFused(plan, work, options);
}
