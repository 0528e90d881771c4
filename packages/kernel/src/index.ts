export * from './degradation/index.ts';
export * from './faults/index.ts';
export * from './machine/index.ts';
export * from './policies/index.ts';
export * from './recovery/index.ts';
export * from './signals/index.ts';
export * from './supervision/index.ts';
export * from './time/index.ts';
