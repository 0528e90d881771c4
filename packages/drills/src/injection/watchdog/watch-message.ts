import { startOf } from '../../process-tree/index.ts';
import type { UndoCommand } from './undo-command.ts';

/** What a process tells its watchdog: one line of JSON each. */
export type WatchMessage =
  | {
      readonly guard: number;
      readonly commands: readonly GuardedCommand[];
      /** After `sentAtMs`; null for none. */
      readonly hardEndMs: number | null;
      /** Wall time, the only one that processes share: the watchdog may take a while to come up. */
      readonly sentAtMs: number;
    }
  | { readonly forget: number };

/** A command, and the start of its process: when another one has got its id, there is nothing to do. */
export interface GuardedCommand {
  readonly command: UndoCommand;
  readonly start?: string | undefined;
}

/** Leaves out what is about processes that have ended already. */
export function guarded(commands: readonly UndoCommand[]): GuardedCommand[] {
  const withStart = commands.map((command) => ({
    command,
    start: 'pid' in command ? startOf(command.pid) : undefined,
  }));
  return withStart.filter(({ command, start }) => !('pid' in command) || start !== undefined);
}

/** Whether it is still about the process that it was about. */
export function isMeant({ command, start }: GuardedCommand): boolean {
  return !('pid' in command) || startOf(command.pid) === start;
}
