import type { DrillResult } from '../drill/index.ts';

/** What a document needs of a result. */
export type MeasuredDrill = Pick<DrillResult, 'system' | 'drill' | 'ok' | 'recovered' | 'recoveryMs'>;

/**
 * The results in what `sustain drill --json` has printed: a JSON line a drill, and a summary, which is passed over.
 * Throws a TypeError that names the line that is none of these.
 */
export function measuredDrills(jsonLines: string): MeasuredDrill[] {
  return jsonLines.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const value = parsed(line);
    if (value['summary'] !== undefined) return [];
    if (!isMeasured(value)) {
      throw new TypeError(
        `line ${index + 1} is no result of a drill; got ${line.slice(0, 80)}; ` +
          'hand over what `sustain drill --json` prints',
      );
    }
    return [value];
  });
}

function parsed(line: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    return {}; // what is no JSON is no result either
  }
}

function isMeasured(value: Record<string, unknown>): value is Record<string, unknown> & MeasuredDrill {
  const { system, drill, ok, recovered, recoveryMs } = value;
  return (
    typeof system === 'string' &&
    typeof drill === 'string' &&
    typeof ok === 'boolean' &&
    typeof recovered === 'boolean' &&
    (recoveryMs === null || (typeof recoveryMs === 'number' && recoveryMs >= 0))
  );
}
