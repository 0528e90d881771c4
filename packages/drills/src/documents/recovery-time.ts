import { stepAbove } from '../durations/index.ts';
import type { MeasuredDrill } from './measured-drills.ts';

/** What a fault with a drill that a person had to end says instead of a time. */
const BY_PERSON = 'by a person';

/**
 * The measured recovery times of a fault as a document says them: `< 50 ms`, the longest rounded up to 1, 2 or 5 times
 * a power of ten, so that it changes seldom, and never beyond the drill's limit.
 */
export function recoveryTime(measured: readonly MeasuredDrill[], limitMs: number): string {
  const times = measured.flatMap(({ recovered, recoveryMs }) => (recovered ? (recoveryMs ?? []) : []));
  const parts = times.length > 0 ? [`< ${duration(Math.min(stepAbove(Math.max(...times)), limitMs))}`] : [];
  if (times.length < measured.length) parts.push(BY_PERSON);
  return parts.join(', or ');
}

/** What is wrong with such a cell; undefined when nothing is. */
export function recoveryTimeProblem(
  cell: string,
  { limitMs, autoRecoverable }: { readonly limitMs: number; readonly autoRecoverable: boolean },
): string | undefined {
  if (cell === '') return 'has no measured recovery time';
  const parts = cell.split(', or ');
  const byPerson = parts.at(-1) === BY_PERSON;
  const times = byPerson ? parts.slice(0, -1) : parts;
  if (byPerson && autoRecoverable)
    return 'is declared to recover by itself, but was measured to need a person';
  const [time] = times;
  if (time === undefined) return undefined;
  const [, value, unit] = /^< (\d+(?:\.\d+)?) (ms|s)$/.exec(time) ?? [];
  if (times.length > 1 || value === undefined) return `has no recovery time that can be read; got ${cell}`;
  const ms = Number(value) * (unit === 's' ? 1000 : 1);
  return ms > limitMs ? `took ${time.slice(2)}, and its limit is ${duration(limitMs)}` : undefined;
}

function duration(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${ms / 1000} s`;
}
