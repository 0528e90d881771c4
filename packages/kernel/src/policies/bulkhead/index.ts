export {
  type Bulkhead,
  type BulkheadOptions,
  type BulkheadQueue,
  type BulkheadState,
  bulkhead,
} from './bulkhead.ts';
export { bulkheadFaults } from './bulkhead-faults.ts';
