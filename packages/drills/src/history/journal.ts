import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { drillFaults } from '../drill-faults.ts';
import type { HistoryEvent } from './event.ts';

export interface Journal {
  /** Writes one event, and returns when the operating system has it: a SIGKILL right after loses nothing. */
  readonly append: (event: HistoryEvent) => void;
  /** Idempotent. */
  close(): void;
}

export interface JournalEvents {
  readonly events: readonly HistoryEvent[];
  /** Lines that a killed process has begun and not finished. What they were to tell is as if it had not been written. */
  readonly tornLines: number;
}

/**
 * Opens the file, which all processes of a drill write to at once. Each event is one write to the end of the file, and
 * the operating system puts them in an order: that of the lines is the order of events, whatever the clocks say. The
 * file must be on a local disk.
 */
export function openJournal(path: string): Journal {
  let file: number | undefined = openSync(path, 'a');
  return {
    append: (event) => {
      if (file === undefined) {
        throw drillFaults.UNUSABLE_HISTORY({ problem: `its journal ${path} is closed; close it last` });
      }
      // The line break comes first: so the line of a process that was killed in its midst ends there, too.
      writeSync(file, `\n${JSON.stringify(event)}`);
    },
    close: () => {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}

/**
 * Reads what processes have written. A torn line is left out and counted, which is sound: if it was an invocation,
 * nothing had been sent yet; if it was an outcome, that is unknown then.
 */
export function readJournal(path: string): JournalEvents {
  return eventsOf(readFileSync(path, 'utf8'));
}

/** The same of the text of a journal. */
export function eventsOf(text: string): JournalEvents {
  const events: HistoryEvent[] = [];
  let tornLines = 0;
  for (const line of text.split('\n')) {
    if (line === '') continue;
    const event = parse(line);
    if (event === undefined) tornLines++;
    else events.push(event);
  }
  return { events, tornLines };
}

/** No true beginning of a JSON object is one itself, so whatever parses is whole. */
function parse(line: string): HistoryEvent | undefined {
  try {
    return JSON.parse(line) as HistoryEvent;
  } catch {
    return undefined; // torn
  }
}
