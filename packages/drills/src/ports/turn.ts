import { type Allowed, COUNT, checkOption, checkOptions, FOREVER } from '@sustain/kernel/options';

/** Which of some things in a row (calls, messages, chunks) are chosen: those of which all that is given holds. Default: all. */
export interface Turns {
  /** The how manieth, counted from 1. */
  readonly nth?: number | readonly number[];
  /** Each n-th. */
  readonly every?: number;
  /** From this one on. */
  readonly from?: number;
  /** 0..1: drawn for each. */
  readonly probability?: number;
  /** So many at most. */
  readonly atMost?: number;
}

export type Turn = 'chosen' | 'not-its-turn' | 'by-chance' | 'often-enough';

/** Decides about the `number`th, after `chosen` that were. `draw` is in [0, 1). */
export function turnOf(turns: Turns, number: number, chosen: number, draw: number): Turn {
  const { nth = number, every = 1, from = 1, probability = 1, atMost = FOREVER } = turns;
  const isNamed = typeof nth === 'number' ? nth === number : nth.includes(number);
  if (!isNamed || number % every !== 0 || number < from) return 'not-its-turn';
  if (chosen >= atMost) return 'often-enough';
  return draw < probability ? 'chosen' : 'by-chance';
}

/** @internal Throws an error that says what is wrong with them. */
export function checkTurns(of: string, turns: Turns): void {
  const { nth, ...rest } = turns;
  if (nth !== undefined) for (const one of [nth].flat()) checkOption(`nth of the ${of}`, one, COUNT);
  const given = Object.entries(rest).filter(([name, value]) => name in ALLOWED && value !== undefined);
  checkOptions(
    of,
    Object.fromEntries(given.map(([name, value]) => [name, [value, ALLOWED[name] as Allowed] as const])),
  );
}

/** @internal Throws when there are names that mean nothing: a misspelt one would choose all. */
export function checkNames(of: string, given: object, known: readonly string[]): void {
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new TypeError(`${of} has ${unknown.join(', ')}; it may have ${known.join(', ')}`);
}

const ALLOWED: Readonly<Record<string, Allowed>> = {
  every: COUNT,
  from: COUNT,
  atMost: COUNT,
  probability: { least: 0, most: 1 },
};

/** @internal */
export const TURN_NAMES: readonly string[] = ['nth', ...Object.keys(ALLOWED)];
