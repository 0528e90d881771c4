import { classify } from '@sustain/kernel';
import type { HealthCheck, HealthResult, ServiceHealth } from '@sustain/ops/health';
import { SAMPLE_RATE_HZ } from './composition/index.ts';

/** What is looked at. */
export interface AuralisVitals {
  /** The engine of the synthesis process that is up. */
  readonly engine: string | undefined;
  /** Rejects when nothing can be rendered, with the reason. */
  readonly render: (signal: AbortSignal) => Promise<void>;
  /** Phrases in a row that ended simplified, loops or silent. */
  readonly lesserPhrasesInARow: number;
  /** Music that is composed ahead of what is being heard, in sample frames. */
  readonly composedFrames: number;
  /** Audio that has arrived ahead of what is being heard, in sample frames. */
  readonly bufferedFrames: number;
  /** How phrases were rendered in the last minute; one that ended simplified, loops or silent has failed. */
  readonly phrases: ServiceHealth;
}

/**
 * How Auralis is seen, by the checks of seed 002. The music goes on as long as it is composed or rendered: what fails
 * alone degrades the whole, and only both together make it unhealthy.
 */
export function auralisHealthChecks(vitals: () => AuralisVitals): readonly HealthCheck[] {
  return [
    {
      name: 'synthesis_functional',
      criticality: 'non-critical',
      check: (signal) => judgeSynthesis(vitals(), signal),
    },
    { name: 'composition_functional', check: (signal) => judgeComposition(vitals(), signal) },
    { name: 'buffer_healthy', criticality: 'non-critical', check: () => judgeBuffer(vitals()) },
    { name: 'error_rate', criticality: 'non-critical', check: () => judgeErrors(vitals()) },
  ];
}

/** What `error_rate` looks at: the phrases of so long. */
export const ERROR_WINDOW_MS = 60_000;

/** Below this a restart of the synthesiser may be heard. */
const LOW_BUFFER_SECONDS = 1;
/** From this share on. */
const HIGH_ERROR_RATE = 0.1;

async function judgeSynthesis(
  { engine, render, lesserPhrasesInARow }: AuralisVitals,
  signal: AbortSignal,
): Promise<HealthResult> {
  if (engine === undefined)
    return { status: 'degraded', message: 'the synthesis process is being restarted' };
  const observed = { value: engine };
  try {
    await render(signal);
  } catch (error) {
    return { status: 'unhealthy', message: `nothing can be rendered: ${classify(error).message}`, observed };
  }
  if (lesserPhrasesInARow === 0) return { status: 'healthy', observed };
  const message = `the last ${lesserPhrasesInARow} phrases were simplified, loops or silent`;
  return { status: 'degraded', message, observed };
}

async function judgeComposition(vitals: AuralisVitals, signal: AbortSignal): Promise<HealthResult> {
  const observed = inSeconds(vitals.composedFrames);
  if (vitals.composedFrames > 0) return { status: 'healthy', observed };
  const { status } = await judgeSynthesis(vitals, signal);
  const message = 'no music is composed ahead';
  return { status: status === 'unhealthy' ? 'unhealthy' : 'degraded', message, observed };
}

function judgeBuffer({ bufferedFrames }: AuralisVitals): HealthResult {
  const observed = inSeconds(bufferedFrames);
  if (bufferedFrames >= LOW_BUFFER_SECONDS * SAMPLE_RATE_HZ) return { status: 'healthy', observed };
  if (bufferedFrames > 0) return { status: 'degraded', message: 'little audio is rendered ahead', observed };
  return { status: 'unhealthy', message: 'no audio is rendered ahead: listeners hear a fallback', observed };
}

function judgeErrors({ phrases }: AuralisVitals): HealthResult {
  const { failures, operations } = phrases.status().recent;
  const errorRate = operations === 0 ? 0 : failures / operations;
  const observed = { value: Math.round(errorRate * 1000) / 1000, unit: '1' };
  if (errorRate < HIGH_ERROR_RATE) return { status: 'healthy', observed };
  const message = `${failures} of the last minute’s ${operations} phrases were simplified, loops or silent`;
  return { status: 'degraded', message, observed };
}

function inSeconds(frames: number): { readonly value: number; readonly unit: string } {
  return { value: Math.round((frames / SAMPLE_RATE_HZ) * 100) / 100, unit: 's' };
}
