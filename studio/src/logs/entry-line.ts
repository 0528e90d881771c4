import { styleText } from 'node:util';
import type { SeverityName } from '@sustain/kernel';
import { defused, type LogEntry } from '@sustain/ops/log';

/** How entries are shown: for people, or a JSON line each for programs. */
export type EntryLine = (entry: LogEntry) => string;

export const jsonLine: EntryLine = (entry) => `${JSON.stringify(entry)}\n`;

/** Time (as `--since` takes it), level, module, code and message, facts, and the operation; in colours if wanted. */
export function prettyLine(hasColors: boolean): EntryLine {
  return ({ timestamp, level, module, errorCode, message, context, performance, userId, operationId }) => {
    const code = errorCode === undefined || message.includes(errorCode) ? '' : `${errorCode}: `;
    const facts = context === undefined ? '' : ` ${shortened(JSON.stringify(context))}`;
    const took = performance === undefined ? '' : ` ${performance.operation}=${performance.durationMs}ms`;
    const user = userId === undefined ? '' : ` user=${userId}`;
    const operation = operationId === undefined ? '' : ` operation=${operationId}`;
    const name = level.padEnd(8);
    const shown = hasColors ? styleText(colors[level], name, { validateStream: false }) : name;
    return `${timestamp} ${shown} ${defused(`${module} ${code}${message}${facts}${took}${user}${operation}`)}\n`;
  };
}

const colors: Readonly<Record<SeverityName, Parameters<typeof styleText>[0]>> = {
  DEBUG: 'gray',
  INFO: 'green',
  WARNING: 'yellow',
  ERROR: 'red',
  CRITICAL: ['bold', 'red'],
};

function shortened(text: string): string {
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text;
}

const MOST_CHARS = 500;
