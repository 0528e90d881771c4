import { type SeverityName, severity } from '@sustain/kernel';
import type { LogEntry } from '../log-entry.ts';

/** Which entries are wanted: those for which everything holds that is given. */
export interface LogFilter {
  /** At least this bad. */
  readonly level?: SeverityName | undefined;
  /** This module, and its parts: `auralis` has `auralis/synthesis`. */
  readonly module?: string | undefined;
  readonly errorCode?: string | undefined;
  readonly operationId?: string | undefined;
  /** Occurs in the message, the module, a code, an id, the context or the error; in small or capital letters. */
  readonly text?: string | undefined;
  /** Unix time in milliseconds; entries of this time are wanted. */
  readonly sinceMs?: number | undefined;
  /** Unix time in milliseconds; entries of this time are wanted. */
  readonly untilMs?: number | undefined;
}

export interface EntryTest {
  /** Whether a line could be a wanted entry: quick, and never false of one that is. */
  couldMatch(line: string): boolean;
  matches(entry: LogEntry): boolean;
}

/** Throws a RangeError of times that are none. */
export function entryTest(filter: LogFilter): EntryTest {
  const needles = needlesOf(filter);
  const tests = testsOf(filter);
  return {
    couldMatch: (line) => needles.every((occursIn) => occursIn(line)),
    matches: (entry) => tests.every((test) => test(entry)),
  };
}

/**
 * What a line must have in it, as JSON. Only of plain characters, for which JSON has one way to write them that anybody
 * uses.
 */
function needlesOf({ level, errorCode, operationId, text }: LogFilter): ((line: string) => boolean)[] {
  const needles: ((line: string) => boolean)[] = [];
  for (const value of [errorCode, operationId]) {
    if (value !== undefined && isPlain(value)) needles.push((line) => line.includes(`"${value}"`));
  }
  if (level !== undefined) {
    const levels = new RegExp(`"(?:${levelsFrom(level).join('|')})"`);
    needles.push((line) => levels.test(line));
  }
  if (text !== undefined && isPlain(text)) {
    const pattern = ignoringCase(text);
    needles.push((line) => pattern.test(line));
  }
  return needles;
}

function isPlain(text: string): boolean {
  return /^[\w .,:;()[\]{}=+*?!#$%&@~^|-]*$/.test(text);
}

function testsOf(filter: LogFilter): ((entry: LogEntry) => boolean)[] {
  const { level, module, errorCode, operationId, text, sinceMs, untilMs } = filter;
  const tests: ((entry: LogEntry) => boolean)[] = [];
  if (sinceMs !== undefined) {
    const since = new Date(sinceMs).toISOString();
    tests.push(({ timestamp }) => timestamp >= since);
  }
  if (untilMs !== undefined) {
    const until = new Date(untilMs).toISOString();
    tests.push(({ timestamp }) => timestamp <= until);
  }
  if (level !== undefined) tests.push((entry) => severity[entry.level] >= severity[level]);
  if (module !== undefined) {
    tests.push((entry) => entry.module === module || entry.module.startsWith(`${module}/`));
  }
  if (errorCode !== undefined) tests.push((entry) => entry.errorCode === errorCode);
  if (operationId !== undefined) tests.push((entry) => entry.operationId === operationId);
  if (text !== undefined && text !== '') tests.push(textTest(text));
  return tests;
}

function textTest(text: string): (entry: LogEntry) => boolean {
  const pattern = ignoringCase(text);
  const occursIn = (value: unknown, depth: number): boolean => {
    if (typeof value === 'string') return pattern.test(value);
    if (value === null || typeof value !== 'object') return pattern.test(String(value));
    if (depth > MAX_DEPTH) return true; // The text is somewhere in the line: rather one too many.
    return Object.entries(value).some(([key, inner]) => pattern.test(key) || occursIn(inner, depth + 1));
  };
  return ({ message, module, errorCode, operationId, sessionId, userId, context, error }) =>
    [message, module, errorCode, operationId, sessionId, userId].some(
      (value) => typeof value === 'string' && pattern.test(value),
    ) ||
    (context !== undefined && occursIn(context, 0)) ||
    (error !== undefined && occursIn(error, 0));
}

const MAX_DEPTH = 100;

function ignoringCase(text: string): RegExp {
  return new RegExp(text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'), 'iu');
}

function levelsFrom(level: SeverityName): string[] {
  return Object.keys(severity).filter((name) => severity[name as SeverityName] >= severity[level]);
}
