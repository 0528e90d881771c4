import type { Random } from '@sustain/kernel';
import { checkOption, checkOptions } from '@sustain/kernel/options';
import type { Span } from '../kill/index.ts';
import type { FaultPlan, PlannedFault } from './fault-plan.ts';

/** How likely each fault is, in the order in which they are drawn. */
export type Odds = readonly (readonly [what: PlannedFault['what'], probability: number])[];

/** A call or a message, as it happens. */
export interface Reached {
  /** `server.notify#2`. */
  readonly at: string;
  /** By the seed one at most. */
  readonly faults: FaultPlan;
}

/**
 * Decides what goes wrong: by the seed, or by a plan. Each name draws from streams of its own, and latencies from other
 * streams than faults, so that a fault less changes nothing but what follows from it.
 */
export class FaultSource {
  /** What went wrong until now. As a plan with the same seed it does it again. */
  readonly taken: PlannedFault[] = [];
  /** The calls until now, in order. */
  readonly calls: string[] = [];
  readonly plan: FaultPlan | undefined;
  readonly #planned = new Map<string, PlannedFault[]>();
  readonly #random: Random;
  readonly #streams = new Map<string, Stream>();

  constructor(random: Random, plan: FaultPlan | undefined) {
    this.#random = random;
    this.plan = plan;
    for (const fault of plan ?? []) {
      const others = this.#planned.get(fault.at);
      if (others) others.push(fault);
      else this.#planned.set(fault.at, [fault]);
    }
  }

  /** Counts a call of `name`, or a message, and says what goes wrong with it. */
  reach(name: string, odds: Odds, lateBy?: Span): Reached {
    const stream = this.#stream(name);
    const at = `${name}#${++stream.count}`;
    let faults = NONE;
    if (this.plan) faults = this.#planned.get(at) ?? NONE;
    else if (odds.length > 0) faults = draw(at, stream.faults, odds, lateBy);
    if (faults !== NONE) this.taken.push(...faults);
    return { at, faults };
  }

  /** How long something of `name` takes: equally likely within `span`, to the microsecond. */
  latencyMs(name: string, span: Span): number {
    return within(span, this.#stream(name).latencies);
  }

  /** A stream for what comes by itself. */
  randomOf(name: string): Random {
    return this.#stream(name).faults;
  }

  #stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (!stream) {
      const random = this.#random.fork(name);
      stream = { count: 0, faults: random.fork('faults'), latencies: random.fork('latencies') };
      this.#streams.set(name, stream);
    }
    return stream;
  }
}

/** How likely each of `kinds` is, 0 where it is not given. Throws unless all are probabilities, also together. */
export function oddsOf<Kind extends PlannedFault['what']>(
  of: string,
  kinds: readonly Kind[],
  given: { readonly [What in Kind]?: number | undefined },
): Odds {
  const odds = kinds.map((what) => [what, given[what] ?? 0] as const);
  checkOptions(of, Object.fromEntries(odds.map(([what, probability]) => [what, [probability, RATIO]])));
  const sum = odds.reduce((all, [, probability]) => all + probability, 0);
  checkOption(`the sum of all faults of the ${of}`, Math.round(sum * 1e9) / 1e9, RATIO);
  return odds.filter(([, probability]) => probability > 0);
}

/** A probability. */
const RATIO = { least: 0, most: 1 };

/** From all of `span`, to the microsecond. */
export function within({ leastMs, mostMs }: Span, random: Random): number {
  return Math.round((leastMs + random.next() * (mostMs - leastMs)) * 1000) / 1000;
}

const NONE: FaultPlan = [];

interface Stream {
  count: number;
  readonly faults: Random;
  readonly latencies: Random;
}

function draw(at: string, random: Random, odds: Odds, lateBy: Span | undefined): FaultPlan {
  let left = random.next();
  for (const [what, probability] of odds) {
    left -= probability;
    if (left >= 0) continue;
    return [what === 'late' && lateBy ? { at, what, forMs: within(lateBy, random) } : { at, what }];
  }
  return NONE;
}
