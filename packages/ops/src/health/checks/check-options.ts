import type { Criticality } from '../health-check.ts';

/** What every check of this folder may be told besides. */
export interface CheckOptions {
  /** Unique within its system. Each check has a default. */
  readonly name?: string;
  /** Default critical, where the check does not say otherwise. */
  readonly criticality?: Criticality;
  /** Default 0, but 1000 for the checks that write: whoever may ask for health could have them write without end. */
  readonly cacheMs?: number;
  readonly timeoutMs?: number;
}

/** @internal The fields of a check that are its caller's to say. */
export function ownFields(options: CheckOptions, defaults: CheckOptions & { readonly name: string }) {
  const { name = defaults.name, criticality = defaults.criticality } = options;
  const { cacheMs = defaults.cacheMs, timeoutMs } = options;
  return {
    name,
    ...(criticality !== undefined && { criticality }),
    ...(cacheMs !== undefined && { cacheMs }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  };
}

/** @internal */
export const CACHE_OF_WRITES_MS = 1000;

/** @internal A ratio that may be above 1, or never reached. */
export const THRESHOLD = { least: 0, above: true } as const;
