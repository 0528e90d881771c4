export { type Injection, type InjectionOptions, startInjection } from './injection.ts';
export { carryOutAll, mountPoints, type UndoCommand, watchdog } from './watchdog/index.ts';
