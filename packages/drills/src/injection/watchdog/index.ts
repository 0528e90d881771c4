export { mountsAt } from './carry-out.ts';
export { fileSizeLimitOf } from './file-size-limit.ts';
export type { UndoCommand } from './undo-command.ts';
export { undoing } from './undoing.ts';
export { type Watchdog, watchdog } from './watchdog.ts';
