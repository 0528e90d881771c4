export { carryOutAll, mountPoints } from './carry-out.ts';
export type { UndoCommand } from './undo-command.ts';
export { type Watchdog, watchdog } from './watchdog.ts';
