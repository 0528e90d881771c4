export * from './drill/index.ts';
export { drillFaults } from './drill-faults.ts';
export * from './history/index.ts';
export * from './injection/index.ts';
export * from './kill/index.ts';
export * from './processes/index.ts';
export * from './runner/index.ts';
export * from './sabotage/index.ts';
export * from './servers/index.ts';
