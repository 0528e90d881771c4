export { type Injection, type InjectionOptions, startInjection } from './injection.ts';
export { type UndoCommand, watchdog } from './watchdog/index.ts';
