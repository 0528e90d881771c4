export * from './contract.ts';
export * from './jobs-signals.ts';
export type { QueueOptions } from './queue-options.ts';
