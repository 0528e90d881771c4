export { drillFaults } from './drill-faults.ts';
export * from './history/index.ts';
export * from './kill/index.ts';
export * from './processes/index.ts';
export * from './servers/index.ts';
