/** @internal For tests that have to get behind a store. */
export { MemoryBackend } from './memory-backend.ts';
export { memoryStore } from './memory-store.ts';
