import type { Environment, Layer } from './layer.ts';

/**
 * One way to protect a call: an immutable value, made once and used in as many pipelines as one likes. A breaker
 * shares its state between them.
 *
 * `Adds` is what the policy may answer beside the work's own results (a fallback's value), `Takes` what it takes
 * as a result of the work (a predicate's parameter).
 */
export interface Policy<Adds = unknown, Takes = never> {
  /** `retry`, `timeout` … */
  readonly kind: string;
  /** @internal Its hooks, as the layer `level` of a pipeline. */
  attach(level: number, environment: Environment): Layer;
  /** Carries the type only; never set. */
  readonly _adds?: Adds;
  /** Carries the type only; never set. */
  readonly _takes?: (value: Takes) => void;
}

/** What the policies may answer beside the work's own results. */
export type Added<Policies extends readonly Policy[]> =
  Policies[number] extends Policy<infer Adds, never> ? Adds : never;

/** What the policies take as a result of the work. */
export type Taken<Policies extends readonly Policy[]> = Policies[number] extends {
  readonly _takes?: (value: infer Takes) => void;
}
  ? Takes
  : unknown;
