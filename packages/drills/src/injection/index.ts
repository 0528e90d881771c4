export { type Injection, type InjectionOptions, startInjection } from './injection.ts';
export { fileSizeLimitOf, mountsAt, type UndoCommand, undoing, watchdog } from './watchdog/index.ts';
