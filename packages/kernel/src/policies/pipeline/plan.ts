import type { Environment, Layer } from './layer.ts';

/** What a pipeline works out when it is built, for all its runs. */
export interface Plan {
  readonly environment: Environment;
  readonly layers: readonly Layer[];
  /** Whether any layer wants the time on the way in. */
  readonly timed: boolean;
  /** For each level, that of the work included: the innermost level outside of it that abandons, or NOBODY. */
  readonly abandonedFrom: readonly number[];
}

/** Stands for the level of a layer that does not exist. */
export const NOBODY = -2;

export function planOf(environment: Environment, layers: readonly Layer[]): Plan {
  return {
    environment,
    layers,
    timed: layers.some((layer) => layer.timed),
    abandonedFrom: Array.from({ length: layers.length + 1 }, (_, level) =>
      innermostAbandoning(layers, level),
    ),
  };
}

function innermostAbandoning(layers: readonly Layer[], outsideOf: number): number {
  const level = layers.slice(0, outsideOf).findLastIndex((layer) => layer.abandons);
  return level < 0 ? NOBODY : level;
}
