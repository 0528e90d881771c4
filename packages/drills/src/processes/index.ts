export { endProcess, isRunning } from '../process-tree/index.ts';
export { findProgram, versionsIn } from './find-program.ts';
export { freePort } from './free-port.ts';
export { type ProcessExit, ProcessRun } from './process-run.ts';
export { type LaunchOptions, RunFolder, type ServerCommand, untilReady } from './run-folder.ts';
