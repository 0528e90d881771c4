export { drillFaults } from './drill-faults.ts';
export * from './history/index.ts';
