export { type Shed, type ShedLevel, type ShedOptions, shed, shedChanged, shedRefused } from './shed.ts';
export { shedFaults } from './shed-faults.ts';
