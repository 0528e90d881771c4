import { carryOut } from './carry-out.ts';
import type { UndoCommand } from './undo-command.ts';
import { guarded, isMeant } from './watch-message.ts';

/**
 * What undoes by these commands, in this process: they are about the processes that have these ids now. Rejects with
 * the first command that is needed and does not work; the rest is then left.
 */
export function undoing(commands: readonly UndoCommand[]): () => Promise<void> {
  const withStart = guarded(commands);
  return async () => {
    for (const one of withStart) if (isMeant(one)) await carryOut(one.command);
  };
}
