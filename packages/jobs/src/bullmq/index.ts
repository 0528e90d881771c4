export type { BullmqQueueOptions } from './bullmq-options.ts';
export { bullmqQueue } from './open-queue.ts';
