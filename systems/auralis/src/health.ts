import type { HealthCheck, HealthResult } from '@sustain/ops/health';
import { SAMPLE_RATE_HZ } from './composition/index.ts';

/** What is looked at. */
export interface AuralisVitals {
  /** The engine of the synthesis process that is up. */
  readonly engine: string | undefined;
  /** Phrases in a row that ended simplified or silent. */
  readonly lesserPhrasesInARow: number;
  /** Audio that has arrived ahead of what is being heard, in sample frames. */
  readonly bufferedFrames: number;
}

/** How Auralis is seen. The music goes on while the synthesiser is away, so that alone is degraded, not unhealthy. */
export function auralisHealthChecks(vitals: () => AuralisVitals): readonly HealthCheck[] {
  return [
    { name: 'synthesis', check: () => judgeSynthesis(vitals()) },
    { name: 'buffer', check: () => judgeBuffer(vitals().bufferedFrames / SAMPLE_RATE_HZ) },
  ];
}

/** Below this a restart of the synthesiser may be heard. */
const LOW_BUFFER_SECONDS = 1;

function judgeSynthesis({ engine, lesserPhrasesInARow }: AuralisVitals): HealthResult {
  if (engine === undefined)
    return { status: 'degraded', message: 'the synthesis process is being restarted' };
  const observed = { value: engine };
  if (lesserPhrasesInARow === 0) return { status: 'healthy', observed };
  const message = `the last ${lesserPhrasesInARow} phrases were simplified or silent`;
  return { status: 'degraded', message, observed };
}

function judgeBuffer(seconds: number): HealthResult {
  const observed = { value: Math.round(seconds * 100) / 100, unit: 's' };
  if (seconds >= LOW_BUFFER_SECONDS) return { status: 'healthy', observed };
  if (seconds > 0) return { status: 'degraded', message: 'little audio is rendered ahead', observed };
  return { status: 'unhealthy', message: 'no audio is rendered ahead: listeners hear a fallback', observed };
}
