import type { Fault } from '@sustain/kernel';
import type { ActiveFile } from './active-file.ts';

/** Who is told of a file that is lost and restored. */
export interface FileWatcher {
  lost(path: string, fault: Fault): void;
  restored(path: string, downMs: number, droppedLines: number): void;
  /** So many lines had no room in memory while the disk was slow; all that had is written. */
  overflowed(path: string, droppedLines: number): void;
}

/** Whether there is a file to write to. */
export type FileState =
  | { readonly state: 'open'; readonly file: ActiveFile }
  | { readonly state: 'away' }
  | { readonly state: 'closed' };

/** From when the disk refuses until all that waited is written. */
export interface Outage {
  readonly sinceMs: number;
  readonly droppedBefore: number;
  attempts: number;
}
