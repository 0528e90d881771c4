/** What a listener may steer. The same ranges as the server's, so that most mistakes never leave the page. */
export interface MusicParameters {
  readonly key: (typeof keys)[number];
  readonly mode: (typeof modes)[number];
  readonly tempoBpm: number;
  readonly intensity: number;
}

export const keys = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const;
export const modes = ['ionian', 'dorian', 'phrygian', 'lydian', 'mixolydian', 'aeolian'] as const;
export const tempoRangeBpm = { min: 40, max: 140 } as const;
export const intensityRange = { min: 0, max: 1 } as const;

export type ParameterField = keyof MusicParameters;

export const parameterFields: readonly ParameterField[] = ['key', 'mode', 'tempoBpm', 'intensity'];

/** What is wrong with a value, in words for the listener; undefined when it is allowed. */
export function problemWith(field: ParameterField, value: unknown): string | undefined {
  if (field === 'key') return isOneOf(keys, value) ? undefined : `Key must be one of ${keys.join(', ')}.`;
  if (field === 'mode') return isOneOf(modes, value) ? undefined : `Mode must be one of ${modes.join(', ')}.`;
  const { min, max } = field === 'tempoBpm' ? tempoRangeBpm : intensityRange;
  if (typeof value === 'number' && value >= min && value <= max) return undefined;
  return field === 'tempoBpm' ? 'Tempo must be 40 to 140 beats a minute.' : 'Intensity must be 0 to 100 %.';
}

function isOneOf(allowed: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && allowed.includes(value);
}
