export { type TimeoutOptions, timeout } from './timeout.ts';
export { timeoutFaults } from './timeout-faults.ts';
