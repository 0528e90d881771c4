export { type Shed, type ShedOptions, shed, shedRefused } from './shed.ts';
export { shedFaults } from './shed-faults.ts';
