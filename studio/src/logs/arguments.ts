import { type SeverityName, severity } from '@sustain/kernel';
import { InvalidArgumentError } from 'commander';

/** What `--since` and `--until` take: a time before `nowMs`, or a point in time; in Unix milliseconds. */
export function pointInTime(nowMs: number): (text: string) => number {
  return (text) => {
    const timeMs = agoMs(text) === undefined ? isoMs(text) : nowMs - (agoMs(text) as number);
    if (timeMs !== undefined && Math.abs(timeMs) <= MAX_TIME_MS) return timeMs;
    throw new InvalidArgumentError(
      'a time is so long ago (90s, 15m, 2h, 7d) or ISO 8601 in UTC (2026-11-22, 2026-11-22T13:40, 2026-11-22T13:40:25.123Z).',
    );
  };
}

function agoMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * (UNITS_MS[unit as string] as number);
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What JavaScript's dates span. */
const MAX_TIME_MS = 8.64e15;

/** Without a zone it is UTC, as in the logs. */
function isoMs(text: string): number | undefined {
  const [, day, time = 'T00:00', zone = 'Z'] =
    /^(\d{4}-\d\d-\d\d)(?:([T ]\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text) ?? [];
  const timeMs = Date.parse(`${day}${time.replace(' ', 'T')}${zone}`);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

/** A level in small or capital letters. */
export function levelName(text: string): SeverityName {
  const name = text.toUpperCase();
  if (Object.hasOwn(severity, name)) return name as SeverityName;
  throw new InvalidArgumentError(`the levels are: ${Object.keys(severity).join(', ')}.`);
}

/** A whole number from `least` on. */
export function wholeNumber(what: string, least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`${what} is a whole number from ${least} to ${most}.`);
  };
}
