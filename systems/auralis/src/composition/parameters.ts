import { auralisFaults, type ParameterProblem } from '../faults.ts';
import { shown } from '../shown.ts';

export const keys = ['C', 'C#', 'D', 'D#', 'E', 'F', 'F#', 'G', 'G#', 'A', 'A#', 'B'] as const;
export const modes = ['ionian', 'dorian', 'phrygian', 'lydian', 'mixolydian', 'aeolian'] as const;
export const tempoRangeBpm = { min: 40, max: 140 } as const;
export const intensityRange = { min: 0, max: 1 } as const;

export type Key = (typeof keys)[number];
export type Mode = (typeof modes)[number];

/** What a listener may steer. */
export interface MusicParameters {
  readonly key: Key;
  readonly mode: Mode;
  /** Beats a minute, 40 to 140. */
  readonly tempoBpm: number;
  /** How much happens and how bright it is, 0 to 1. */
  readonly intensity: number;
}

export const defaultParameters: MusicParameters = Object.freeze({
  key: 'D',
  mode: 'dorian',
  tempoBpm: 70,
  intensity: 0.6,
});

/**
 * The parameters in `value`, which may be anything, with those left out that it leaves out. Throws
 * INVALID_PARAMETERS with a problem for everything that is wrong, the first eight of them.
 */
export function checkParameters(value: unknown): Partial<MusicParameters> {
  const problems = problemsWith(value);
  if (problems.length > 0) throw auralisFaults.INVALID_PARAMETERS({ problems });
  return { ...(value as Partial<MusicParameters>) };
}

/** What is wrong with `value` as a set of parameters; empty when nothing is. */
function problemsWith(value: unknown): readonly ParameterProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: 'parameters', got: show(value), allowed: `an object of ${fields.join(', ')}` }];
  }
  const problems = Object.entries(value).flatMap(([field, got]) => {
    const rule = Object.hasOwn(rules, field) ? rules[field as keyof MusicParameters] : undefined;
    const allowed = rule?.allowed ?? `one of ${fields.join(', ')}`;
    return rule?.allows(got) ? [] : [{ field: shorten(field), got: show(got), allowed }];
  });
  // They are sent back to whoever sent them: no large answer to a small question.
  return problems.slice(0, MAX_PROBLEMS);
}

const MAX_PROBLEMS = 8;
const MAX_SHOWN = 60;

interface Rule {
  readonly allowed: string;
  allows(value: unknown): boolean;
}

const rules: Readonly<Record<keyof MusicParameters, Rule>> = {
  key: oneOf(keys),
  mode: oneOf(modes),
  tempoBpm: within(tempoRangeBpm),
  intensity: within(intensityRange),
};

const fields = Object.keys(rules);

function oneOf(values: readonly string[]): Rule {
  return {
    allowed: `one of ${values.join(', ')}`,
    allows: (value) => typeof value === 'string' && values.includes(value),
  };
}

/** NaN is within nothing. */
function within({ min, max }: { readonly min: number; readonly max: number }): Rule {
  return {
    allowed: `a number from ${min} to ${max}`,
    allows: (value) => typeof value === 'number' && value >= min && value <= max,
  };
}

function show(value: unknown): string {
  return shown(value, MAX_SHOWN);
}

function shorten(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN - 1)}…`;
}
