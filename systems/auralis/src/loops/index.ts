export { LoopFiles } from './loop-files.ts';
export { Loops, type LoopsOptions } from './loops.ts';
