export { type Shed, type ShedOptions, shed } from './shed.ts';
export { shedFaults } from './shed-faults.ts';
