import {
  type Clock,
  type Features,
  features,
  type QualityLadder,
  qualityLadder,
  type Signals,
} from '@sustain/kernel';
import { type EngineName, engineNames } from './engine-name.ts';

export interface EngineLadderOptions {
  /** Where to begin: with this one, and those below it for when it cannot be had. */
  readonly best: EngineName;
  /** Looks whether an engine works again, by rendering something small with it. Never rejects. */
  readonly probe: (engine: EngineName, signal: AbortSignal) => Promise<boolean>;
  readonly clock: Clock;
  readonly signals: Signals;
}

/**
 * Which engine renders: the best that works. One that does not is left at once for the next, is probed every 30 s, and taken
 * again 30 s after a probe has succeeded; each time that proves wrong, it takes twice as long, up to 8 minutes
 * (`qualityLadder`). The last engine is never left.
 */
export class EngineLadder {
  readonly #probe: EngineLadderOptions['probe'];
  readonly #engines: readonly EngineName[];
  readonly #usable: Features<EngineName>;
  readonly #ladder: QualityLadder<EngineName, 'best_usable'> | undefined;
  #engine: EngineName;
  /** Probes that are under way. */
  readonly #probing = new Set<Promise<boolean>>();
  #unrendered = 0;
  #failedStarts = 0;

  constructor({ best, probe, clock, signals }: EngineLadderOptions) {
    const engines = engineNames.slice(engineNames.indexOf(best));
    this.#probe = probe;
    this.#engines = engines;
    this.#engine = best;
    this.#usable = features({ gpu: [], cpu: [], simple: [] }, { source: SOURCE, clock, signals });
    // A reading is the number of the best engine that works; a half, as a ladder needs a gap.
    const steps = engines.slice(1).map((_, at) => ({ down: at + 1, up: at + 0.5 }));
    if (steps.length > 0) {
      const rules = { levels: engines, inputs: { best_usable: steps } };
      this.#ladder = qualityLadder({ name: SOURCE, ...rules, clock, signals });
    }
  }

  /** The engine that was chosen last. */
  get engine(): EngineName {
    return this.#engine;
  }

  /** Whether none better was wished for. */
  get isBest(): boolean {
    return this.#engine === this.#engines[0];
  }

  /** Decides which engine renders from now on. */
  choose(): EngineName {
    const bestUsable = this.#engines.findIndex((engine) => this.#usable.isEnabled(engine));
    const level = this.#ladder?.report('best_usable', bestUsable) ?? this.#engine;
    const allowed = this.#engines.slice(this.#engines.indexOf(level));
    this.#engine = allowed.find((engine) => this.#usable.isEnabled(engine)) ?? this.#engine;
    return this.#engine;
  }

  /** This engine does not work, for this reason. */
  leave(engine: EngineName, reason: string): void {
    this.#unrendered = 0;
    this.#failedStarts = 0;
    if (engine === this.#engines.at(-1)) return;
    this.#usable.disable(engine, reason, {
      probe: (signal) => this.#look(engine, signal),
      probeEveryMs: PROBE_MS,
      successes: 1,
    });
    this.choose();
  }

  /** A phrase has come, or nothing of it; four in a row of which nothing came are the engine's end. */
  rendered(isRendered: boolean): void {
    this.#unrendered = isRendered ? 0 : this.#unrendered + 1;
    if (this.#unrendered === MOST_UNRENDERED)
      this.leave(this.#engine, `it has rendered nothing of ${MOST_UNRENDERED} phrases in a row`);
  }

  /** Its process has come up, or has ended before it did; three such ends in a row are the engine's. */
  started(isReady: boolean): void {
    this.#failedStarts = isReady ? 0 : this.#failedStarts + 1;
    if (this.#failedStarts === MOST_FAILED_STARTS)
      this.leave(this.#engine, `its process has not come up ${MOST_FAILED_STARTS} times in a row`);
  }

  /** Ends all probes; resolves when what they have started is gone. */
  async close(): Promise<void> {
    this.#usable.close();
    await Promise.all(this.#probing);
  }

  async #look(engine: EngineName, signal: AbortSignal): Promise<boolean> {
    const probing = this.#probe(engine, signal);
    this.#probing.add(probing);
    try {
      return await probing;
    } finally {
      this.#probing.delete(probing);
    }
  }
}

const SOURCE = 'auralis.engine';
const PROBE_MS = 30_000;
/** 14 s where it fails at once, up to a minute where it hangs each time; loops are heard meanwhile. */
const MOST_UNRENDERED = 4;
const MOST_FAILED_STARTS = 3;
