import { checkOption } from '../options/index.ts';
import type { Signals } from '../signals/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { featureChanged } from './degradation-signals.ts';
import { probeUntilRestored, type RestoreOptions } from './probe-until-restored.ts';

export interface FeaturesOptions {
  /** Whose features they are: the source of their signals. Default `features`. */
  readonly source?: string;
  readonly clock?: Clock;
  /** Where `feature.changed` is told. Default: nowhere. */
  readonly signals?: Signals;
}

/** A feature that is off. */
export interface FeatureOff<Name extends string = string> {
  readonly feature: Name;
  /** Why, and the feature that this reason was given for: itself, or one that it needs. */
  readonly reason: string;
  readonly because: Name;
  /** Its own reasons, oldest first; none when it is off for another's sake. */
  readonly reasons: readonly string[];
}

/** An unknown name is refused with a RangeError. Calls are safe at any time, also from listeners and probes. */
export interface Features<Name extends string = string> {
  /** Those that are off: none means full function, any a degraded one. */
  readonly off: readonly FeatureOff<Name>[];
  /** Costs one look-up. */
  isEnabled(name: Name): boolean;
  /**
   * Turns a feature off, and with it all that need it, until `reason` is gone. Other reasons hold beside it; the same
   * one said again counts once, and what is said of its probe this time replaces what was said before. Of more than
   * 32 reasons the oldest is forgotten. Throws a RangeError or TypeError when an option is out of range.
   */
  disable(name: Name, reason: string, options?: RestoreOptions): void;
  /** Takes `reason`, by default every reason, from a feature. */
  enable(name: Name, reason?: string): void;
  /** Ends all probes, for good. What is off stays off; `disable` and `enable` still work, without probes. */
  close(): void;
}

/**
 * What a service can do beside its first duty, and what of it is off for now: it goes on with the rest. `needs` are the
 * features, each with those that it needs, which must stand before it: a RangeError when they do not, so that none can
 * need each other in a circle.
 *
 * - A feature is **on** unless somebody has disabled it, or a feature that it needs is off. It is off for as long as
 *   any reason holds, and back as soon as the last one, its own or another's, is gone.
 * - A **reason** goes by `enable`, or when its probe has found often enough in a row that all works again.
 * - `feature.changed` tells of every feature that goes off or on, those that are needed first.
 *
 * @example
 * const abilities = features({ vision: [], gestures: ['vision'] }, { signals });
 * abilities.disable('vision', 'camera lost', { probe: () => camera.opens() });
 * abilities.isEnabled('gestures'); // false
 */
export function features<Name extends string>(
  needs: Readonly<Record<Name, readonly NoInfer<Name>[]>>,
  { source = 'features', clock = systemClock, signals }: FeaturesOptions = {},
): Features<Name> {
  /** Those that are needed first. */
  const all = new Map<Name, Feature<Name>>();
  let isClosed = false;
  const find = (name: Name) => {
    const feature = all.get(name);
    if (!feature) checkOption('a feature', name, [...all.keys()]);
    return feature as Feature<Name>;
  };

  function update(): void {
    for (const each of all.values()) {
      const { feature, needs, holds, cause: before } = each;
      const [reason] = holds.keys();
      const cause =
        reason === undefined ? needs.find((need) => need.cause)?.cause : { reason, because: feature };
      each.cause = cause;
      const why = cause ?? before;
      if (why && !(cause && before)) {
        signals?.channel(featureChanged).emit({ feature, enabled: !cause, ...why }, { source });
      }
    }
  }

  function enable(name: Name, reason?: string): void {
    const { holds } = find(name);
    for (const [each, stop] of holds) {
      if (each !== (reason ?? each)) continue;
      stop();
      holds.delete(each);
    }
    update();
  }

  for (const feature of Object.keys(needs) as Name[]) {
    all.set(feature, { feature, needs: needs[feature].map(find), holds: new Map() });
  }
  return Object.freeze({
    get off() {
      return [...all.values()].flatMap(({ feature, cause, holds }) =>
        cause ? { feature, ...cause, reasons: [...holds.keys()] } : [],
      );
    },
    isEnabled: (name: Name) => !find(name).cause,
    disable(name: Name, reason: string, options: RestoreOptions = {}) {
      const { holds } = find(name);
      const stop = probeUntilRestored(options, clock, () => enable(name, reason));
      holds.get(reason)?.();
      holds.set(reason, stop);
      if (isClosed) stop();
      if (holds.size > MAX_REASONS) enable(name, holds.keys().next().value);
      update();
    },
    enable,
    close() {
      isClosed = true;
      for (const { holds } of all.values()) for (const stop of holds.values()) stop();
    },
  });
}

interface Feature<Name> {
  readonly feature: Name;
  readonly needs: readonly Feature<Name>[];
  /** The reasons, oldest first, each with what stops its probe. */
  readonly holds: Map<string, () => void>;
  /** Why it is off; undefined while it is on. Derived; kept so that reading costs nothing. */
  cause?: Cause<Name> | undefined;
}

interface Cause<Name> {
  readonly reason: string;
  readonly because: Name;
}

const MAX_REASONS = 32;
