export type { InProcessQueueOptions } from './in-process-options.ts';
export { inProcessQueue } from './open-queue.ts';
