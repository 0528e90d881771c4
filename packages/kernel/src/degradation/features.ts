import type { Signals } from '../signals/index.ts';
import { type Clock, systemClock } from '../time/index.ts';
import { checkOption } from './check-option.ts';
import { type FeatureChange, featureChanged } from './degradation-signals.ts';
import { inOrder } from './in-order.ts';
import { probeUntilRestored, type RestoreOptions } from './probe-until-restored.ts';

export interface FeaturesOptions {
  /** Whose features they are: the source of their signals. Default `features`. */
  readonly source?: string;
  readonly clock?: Clock;
  /** Where `feature.changed` is told. Default: nowhere. */
  readonly signals?: Signals;
}

export type FeatureStatus<Name extends string = string> =
  | { readonly state: 'on'; readonly feature: Name }
  | {
      readonly state: 'off';
      readonly feature: Name;
      /** Why, and the feature that this reason was given for: itself, or one that it needs. */
      readonly reason: string;
      readonly because: Name;
      /** Its own reasons, oldest first; none when it is off for another's sake. */
      readonly reasons: readonly string[];
    };

/**
 * What a service can do beside its first duty, and what of it is off for now: it goes on with the rest.
 *
 * - A feature is **on** unless somebody has disabled it, or a feature that it needs is off. It is off for as long as
 *   any reason holds, and back as soon as the last one, its own or another's, is gone.
 * - A **reason** goes by `enable`, or when its probe has found often enough in a row that all works again.
 * - `feature.changed` tells of every feature that goes off or on, those that are needed first, in the order in which
 *   it happened.
 *
 * Reading costs one look-up. Calls are safe at any time, also from listeners and probes. An unknown name is refused
 * with a RangeError.
 *
 * @example
 * const features = new Features({ vision: [], gestures: ['vision'] }, { signals });
 * features.disable('vision', 'camera lost', { probe: () => camera.opens() });
 * features.isEnabled('gestures'); // false
 */
export class Features<Name extends string> {
  readonly #clock: Clock;
  readonly #tell: (changes: readonly FeatureChange[]) => void;
  /** Each after those that it needs. */
  readonly #features = new Map<Name, Feature<Name>>();
  #isClosed = false;

  /** `needs` are the features, each with those that it needs: a RangeError when they need each other in a circle. */
  constructor(needs: Readonly<Record<Name, readonly NoInfer<Name>[]>>, options: FeaturesOptions = {}) {
    const { source = 'features', clock = systemClock, signals } = options;
    this.#clock = clock;
    const channel = signals?.channel(featureChanged);
    this.#tell = inOrder((change) => channel?.emit(change, { source }));
    const names = Object.keys(needs) as Name[];
    const add = (feature: Name, path: readonly Name[]): Feature<Name> => {
      const way = [...path, feature];
      const isAllowed = names.includes(feature) && !path.includes(feature);
      checkOption(isAllowed, 'a need', `one of ${names}, and in no circle`, way.join(' → '));
      const known = this.#features.get(feature);
      if (known !== undefined) return known;
      const added = { feature, needs: needs[feature].map((need) => add(need, way)), holds: new Map() };
      this.#features.set(feature, added);
      return added;
    };
    for (const name of names) add(name, []);
  }

  /** Those that are off: none means full function, any a degraded one. */
  get off(): readonly Extract<FeatureStatus<Name>, { state: 'off' }>[] {
    return [...this.#features.values()].map(statusOf).filter((status) => status.state === 'off');
  }

  isEnabled(name: Name): boolean {
    return !this.#of(name).cause;
  }

  status(name: Name): FeatureStatus<Name> {
    return statusOf(this.#of(name));
  }

  /**
   * Turns a feature off, and with it all that need it, until `reason` is gone. Other reasons hold beside it; the same
   * one said again counts once, and what is said of its probe this time replaces what was said before. Of more than
   * 32 reasons the oldest is forgotten. Throws a RangeError when an option is out of range.
   */
  disable(name: Name, reason: string, options: RestoreOptions = {}): void {
    const { holds } = this.#of(name);
    const stop = probeUntilRestored(options, this.#clock, () => this.enable(name, reason));
    holds.get(reason)?.();
    holds.set(reason, stop);
    if (this.#isClosed) stop?.();
    if (holds.size > MAX_REASONS) this.enable(name, holds.keys().next().value);
    this.#update();
  }

  /** Takes `reason`, by default every reason, from a feature. Answers whether there was one. */
  enable(name: Name, reason?: string): boolean {
    const { holds } = this.#of(name);
    let had = false;
    for (const [each, stop] of holds) {
      if (each !== (reason ?? each)) continue;
      stop?.();
      had = holds.delete(each);
    }
    this.#update();
    return had;
  }

  /** Ends all probes and their timers, for good. What is off stays off; `disable` and `enable` still work, without probes. */
  close(): void {
    this.#isClosed = true;
    for (const { holds } of this.#features.values()) for (const stop of holds.values()) stop?.();
  }

  #of(name: Name): Feature<Name> {
    const feature = this.#features.get(name);
    checkOption(feature !== undefined, 'a feature', `one of ${[...this.#features.keys()]}`, name);
    return feature as Feature<Name>;
  }

  #update(): void {
    const changes: FeatureChange[] = [];
    for (const each of this.#features.values()) {
      const { feature, needs, holds, cause: before } = each;
      const [reason] = holds.keys();
      const cause =
        reason === undefined ? needs.find((need) => need.cause)?.cause : { reason, because: feature };
      if (!cause !== !before)
        changes.push({ feature, enabled: !cause, ...((cause ?? before) as Cause<Name>) });
      each.cause = cause;
    }
    this.#tell(changes);
  }
}

interface Feature<Name> {
  readonly feature: Name;
  readonly needs: readonly Feature<Name>[];
  /** The reasons, oldest first, each with what stops its probe. */
  readonly holds: Map<string, (() => void) | undefined>;
  /** Why it is off; undefined while it is on. Derived; kept so that reading costs nothing. */
  cause?: Cause<Name> | undefined;
}

interface Cause<Name> {
  readonly reason: string;
  readonly because: Name;
}

const MAX_REASONS = 32;

function statusOf<Name extends string>({ feature, cause, holds }: Feature<Name>): FeatureStatus<Name> {
  return cause ? { state: 'off', feature, ...cause, reasons: [...holds.keys()] } : { state: 'on', feature };
}
