export {
  type EventLoopWatch,
  type EventLoopWatchOptions,
  eventLoopBlocked,
  eventLoopWatch,
} from './event-loop-watch.ts';
export type { LoopFigures } from './loop-delays.ts';
