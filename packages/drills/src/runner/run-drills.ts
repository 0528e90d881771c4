import { type Clock, currentOperation, seededRandom, systemClock } from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import {
  type DrillMoment,
  type DrillResult,
  type DrillSuite,
  type DrillSummary,
  faultsWithoutDrill,
} from '../drill/index.ts';
import { choose } from './choose.ts';
import { runDrill } from './run-drill.ts';
import { summarise } from './summarise.ts';

export interface RunDrillsOptions {
  /** Which, as `choose` says. Default: all. */
  readonly names?: readonly string[];
  /** All chance. The same seed breaks the same things at the same places. */
  readonly seed: string;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: DrillProgress) => void;
}

export type DrillProgress =
  | { readonly state: 'running'; readonly system: string; readonly drill: string; readonly at: Place }
  | {
      readonly state: 'moment';
      readonly system: string;
      readonly drill: string;
      readonly what: DrillMoment['what'];
    }
  | { readonly state: 'done'; readonly result: DrillResult; readonly at: Place };

/** The how-manieth of how many, from 1. */
export interface Place {
  readonly index: number;
  readonly of: number;
}

export interface DrillReport {
  readonly results: readonly DrillResult[];
  readonly summary: DrillSummary;
  /** `system CODE` of each fault for which there is no drill. */
  readonly withoutDrill: readonly string[];
  /** Whether all were ok, and no fault is without a drill. */
  readonly ok: boolean;
}

/**
 * Runs drills, one after the other. Rejects when cancelled, after what was broken is mended; with DRILL_UNKNOWN; and with
 * NOT_DRILLABLE. One at a time in a process.
 */
export async function runDrills(
  suites: readonly DrillSuite[],
  { names = [], seed, clock = systemClock, signal = never, onProgress }: RunDrillsOptions,
): Promise<DrillReport> {
  const chosen = choose(suites, names);
  const drills = chosen.flatMap(({ system, drills }) => drills.map((drill) => ({ system, drill })));
  const results: DrillResult[] = [];
  const stopCarrying = currentOperation() === undefined ? useAsyncOperations() : () => undefined;
  try {
    for (const [position, { system, drill }] of drills.entries()) {
      signal.throwIfAborted();
      const at = { index: position + 1, of: drills.length };
      onProgress?.({ state: 'running', system, drill: drill.name, at });
      const result = await runDrill({
        system,
        drill,
        clock,
        random: seededRandom(seed).fork(`${system}/${drill.name}`),
        replay: `sustain drill ${system}/${drill.name} --seed ${seed}`,
        signal,
        onMoment: (what) => onProgress?.({ state: 'moment', system, drill: drill.name, what }),
      });
      results.push(result);
      onProgress?.({ state: 'done', result, at });
    }
  } finally {
    stopCarrying();
  }
  const withoutDrill = chosen.flatMap((suite) =>
    faultsWithoutDrill(suite).map(({ system, code }) => `${system} ${code}`),
  );
  return {
    results,
    summary: summarise(chosen, results),
    withoutDrill,
    ok: results.every(({ ok }) => ok) && withoutDrill.length === 0,
  };
}

const never = new AbortController().signal;
