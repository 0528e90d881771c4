import { z } from 'zod';

/** What a time may be. Default: anything from 0 on. */
export interface TimeRange {
  readonly leastMs?: number;
  readonly mostMs?: number;
}

/**
 * A size as people write it, as bytes: `10MB`, `64 KiB`, `1.5 GB`, or a whole number of bytes. MB means 1,000,000
 * bytes and MiB 1,048,576, as the units are defined (IEC 80000-13) and as loguru, whose words seed 002 uses, reads them.
 */
export function size({
  leastBytes = 1,
}: {
  readonly leastBytes?: number;
} = {}): z.ZodType<number, string | number> {
  const least = leastBytes > 1 ? `, ${leastBytes} bytes or more` : '';
  return human(
    `a size, such as 10MB (10,000,000 bytes), 10MiB (10,485,760 bytes) or a number of bytes${least}`,
    (text) => {
      const [, figure, unit = ''] = /^([\d.]+)\s*([a-z]*)$/i.exec(text) ?? [];
      const bytes = Number(figure) * (SIZES[unit.toLowerCase()] ?? Number.NaN);
      return Number.isSafeInteger(Math.round(bytes)) && bytes >= leastBytes ? Math.round(bytes) : undefined;
    },
  );
}

/**
 * A time as people write it, as milliseconds: `250ms`, `5m`, `30 days`, `1h 30m`. A bare number is seconds, as in both
 * seeds (`cooldown: 300`); settings whose name ends in `Ms` are `milliseconds()`.
 */
export function duration(range: TimeRange = {}): z.ZodType<number, string | number> {
  const what = `a time, such as 250ms, 5m, 30 days or a number of seconds${rangeText(range)}`;
  return human(what, (text) => within(range, timeMs(text, 1000)));
}

/** A time that must have its unit: where a bare number could be taken for a count or for days. */
export function timeWithUnit(range: TimeRange = {}): z.ZodType<number, string> {
  const description = `a time with its unit, such as 30 days${rangeText(range)}`;
  return z
    .string()
    .describe(description)
    .transform((given, context) => {
      const value = /^[\d.\s]*$/.test(given) ? undefined : within(range, timeMs(given.trim(), Number.NaN));
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', input: given });
      return z.NEVER;
    });
}

/** A time with a bare number as milliseconds: for settings whose name ends in `Ms`. */
export function milliseconds(range: TimeRange = {}): z.ZodType<number, string | number> {
  const what = `a number of milliseconds, or a time such as 5s${rangeText(range)}`;
  return human(what, (text) => within(range, timeMs(text, 1)));
}

/** A part of a whole, as 0..1: `80%`, or 0.8. A bare number above 1 is refused: nobody knows what 80 means. */
export function ratio(): z.ZodType<number, string | number> {
  return human('a percentage such as 80%, or a number from 0 to 1', (text) => {
    const [, figure, percent] = /^([\d.]+)\s*(%?)$/.exec(text) ?? [];
    const value = Number(figure) / (percent ? 100 : 1);
    return value >= 0 && value <= 1 ? value : undefined;
  });
}

/** Number or text, read by `read`, which answers undefined for what it does not understand. */
function human(
  description: string,
  read: (text: string) => number | undefined,
): z.ZodType<number, string | number> {
  return z
    .union([z.string(), z.number()])
    .describe(description)
    .transform((given, context) => {
      const value = read(String(given).trim());
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', input: given });
      return z.NEVER;
    });
}

function within({ leastMs = 0, mostMs = Number.MAX_SAFE_INTEGER }: TimeRange, ms: number | undefined) {
  return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
}

function rangeText({ leastMs, mostMs }: TimeRange): string {
  const least = leastMs === undefined ? '' : `, ${leastMs} ms or more`;
  return mostMs === undefined ? least : `${least}, ${mostMs} ms or less`;
}

function timeMs(text: string, bareUnitMs: number): number | undefined {
  if (/^[\d.]+$/.test(text)) return finite(Number(text) * bareUnitMs);
  if (!/^([\d.]+\s*[a-z]+\s*)+$/i.test(text)) return undefined;
  let sum = 0;
  for (const [, figure, unit = ''] of text.matchAll(/([\d.]+)\s*([a-z]+)/gi)) {
    sum += Number(figure) * (TIMES_MS[unit.toLowerCase()] ?? Number.NaN);
  }
  return finite(sum);
}

/** Up to a hundred thousand years. */
function finite(ms: number): number | undefined {
  return ms >= 0 && ms <= Number.MAX_SAFE_INTEGER ? ms : undefined;
}

const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  byte: 1,
  bytes: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

const TIMES_MS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    [
      [1, 'ms millisecond milliseconds'],
      [SECOND_MS, 's sec secs second seconds'],
      [MINUTE_MS, 'm min mins minute minutes'],
      [HOUR_MS, 'h hr hrs hour hours'],
      [DAY_MS, 'd day days'],
      [7 * DAY_MS, 'w week weeks'],
    ] as const
  ).flatMap(([ms, words]) => words.split(' ').map((word) => [word, ms])),
);
