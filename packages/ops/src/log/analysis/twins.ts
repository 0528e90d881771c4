import { severity } from '@sustain/kernel';
import type { LogEntry } from '../log-entry.ts';

/**
 * Knows the entry again that a program writes to two files: errors go to the general log and, sooner, to that of the
 * errors. Either may lack some: the general one those that a crash took from its buffer, the other those that were
 * rotated away. What stands twice in one file was written twice. Looks back over 10,000 errors.
 */
export class Twins {
  readonly #seen = new Map<string, Sightings>();

  /** Whether this entry of a file was seen in another one before. Ask once of every entry. */
  isTwin(file: string | number, entry: LogEntry): boolean {
    if (severity[entry.level] < severity.ERROR) return false;
    const { timestamp, sessionId, level, module, errorCode, operationId, message } = entry;
    const key = [timestamp, sessionId, level, module, errorCode, operationId, message].join('\u{0}');
    const sightings = this.#seen.get(key) ?? { told: 0, byFile: new Map<string | number, number>() };
    const inFile = (sightings.byFile.get(file) ?? 0) + 1;
    sightings.byFile.set(file, inFile);
    this.#remember(key, sightings);
    if (inFile <= sightings.told) return true;
    sightings.told = inFile;
    return false;
  }

  #remember(key: string, sightings: Sightings): void {
    this.#seen.set(key, sightings);
    if (this.#seen.size <= MOST) return;
    for (const oldest of this.#seen.keys()) {
      this.#seen.delete(oldest);
      return;
    }
  }
}

interface Sightings {
  /** How often it was told that the entry is none. */
  told: number;
  readonly byFile: Map<string | number, number>;
}

const MOST = 10_000;
