import type { UndoCommand } from './undo-command.ts';

/** Undoes what a dead or stuck process has broken. One process of its own, started when it is first needed. */
export interface Watchdog {
  /** Has the commands carried out when this process is gone, or after `hardEndMs`. Answers the way to call it off. */
  guard(commands: readonly UndoCommand[], hardEndMs: number): () => void;
}

export function watchdog(): Watchdog {
  throw new Error('being built');
}
