import { type Clock, type QualityLadder, qualityLadder, type Signals } from '@sustain/kernel';
import { type Quality, qualities } from '../composition/index.ts';
import { type LoadReadings, loadOf, loadRules } from './load.ts';

/** What is read of the machine. */
export type MachineLoad = Pick<LoadReadings, 'cpu' | 'eventLoopDelayMs'>;

export interface AdaptiveQualityOptions {
  /** Whose changes of quality are told as `quality.changed` of `auralis`. */
  readonly signals?: Signals;
  readonly clock: Clock;
}

/**
 * Takes music back while the machine does not keep up, and gives it back when it does (seed 002): what the present quality
 * is, decided anew every second. It goes down at once to what the worst reading asks for, and up by one level when all
 * have been well for 30 s (`qualityLadder`).
 */
export class AdaptiveQualityManager {
  readonly #options: AdaptiveQualityOptions;
  readonly #ladder: QualityLadder<Quality, keyof typeof loadRules>;
  #rendered: { readonly atMs: number; readonly realtimeFactor: number } | undefined;

  constructor(options: AdaptiveQualityOptions) {
    this.#options = options;
    const { signals, clock } = options;
    this.#ladder = qualityLadder({
      ...{ name: 'auralis', levels: qualities, inputs: loadRules, clock },
      ...(signals && { signals }),
    });
  }

  get quality(): Quality {
    return this.#ladder.level;
  }

  /** Whether the last phrase was rendered so fast that there is time for something else. */
  get hasTime(): boolean {
    return (this.#realtimeFactor() ?? 0) >= TIME_FOR_MORE;
  }

  /** So many seconds of music were rendered a second, of the last phrase. */
  rendered(realtimeFactor: number): void {
    this.#rendered = { atMs: this.#options.clock.monotonicMs(), realtimeFactor };
  }

  /** Decides by how loaded the machine is; the event loop's delay is the worst since the reading before. */
  adjust(readings: MachineLoad): Quality {
    const load = loadOf({ ...readings, realtimeFactor: this.#realtimeFactor() });
    for (const [input, value] of Object.entries(load)) this.#ladder.report(input as keyof typeof load, value);
    return this.quality;
  }

  /** Adjusts every second by what is read then, until `signal` aborts: `monitor_and_adjust` of the seed. */
  async run(read: () => MachineLoad, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      this.adjust(read());
      await clock.sleep(PERIOD_MS, { signal }).catch((reason: unknown) => {
        if (!signal.aborted) throw reason;
      });
    }
  }

  /** Of what was rendered long ago nobody knows: where loops are heard, the way up is tried. */
  #realtimeFactor(): number | undefined {
    const last = this.#rendered;
    if (last === undefined || this.#options.clock.monotonicMs() - last.atMs > STALE_MS) return undefined;
    return last.realtimeFactor;
  }
}

/** Ten times as often as the seed has it: a listener has 0.6 s in store. */
const PERIOD_MS = 1000;
/** The realtime factor at which the seed's middle level begins. */
const TIME_FOR_MORE = 10;
/** Two phrases and a half. */
const STALE_MS = 9000;
