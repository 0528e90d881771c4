import type { SeverityName } from '@sustain/kernel';
import type { EntryParts } from './entry-writer.ts';

/**
 * An entry for people: `2026-11-22 13:40:25.123 | WARNING  | auralis/synthesis - SYNTHESIS_FAILED: … {"phrase":7}`, in
 * UTC. What a terminal would obey, or what would look like another line, is replaced: entries quote what strangers
 * have sent.
 */
export function prettyLine(entry: EntryParts, hasColors: boolean): string {
  const { timestamp, level, module, message, errorCode, context } = entry;
  const time = `${timestamp.slice(0, 10)} ${timestamp.slice(11, 23)}`;
  const code = errorCode === undefined || message.startsWith(errorCode) ? '' : `${errorCode}: `;
  const facts =
    context === '' ? '' : ` {${context.length > MOST_CHARS ? `${context.slice(0, MOST_CHARS)}…` : context}}`;
  const where = defused(module);
  const what = defused(`${code}${message}${facts}`);
  const name = level.padEnd(8);
  if (!hasColors) return `${time} | ${name} | ${where} - ${what}\n`;
  const color = colors[level];
  return `\x1b[2m${time}\x1b[0m | ${color}${name}\x1b[0m | \x1b[36m${where}\x1b[0m - ${color}${what}\x1b[0m\n`;
}

const MOST_CHARS = 512;

const colors: Readonly<Record<SeverityName, string>> = {
  DEBUG: '\x1b[2m',
  INFO: '\x1b[0m',
  WARNING: '\x1b[33m',
  ERROR: '\x1b[31m',
  CRITICAL: '\x1b[1;31m',
};

/** Controls, line and paragraph separators, and what turns the direction of writing around. */
const CONTROLS = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A text without what a terminal would obey, or what would look like another line, or turn its direction. */
export function defused(text: string): string {
  return text.replace(CONTROLS, '\u{fffd}');
}
