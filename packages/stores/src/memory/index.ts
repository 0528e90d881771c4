export { MemoryBackend } from './memory-backend.ts';
export { memoryStore } from './memory-store.ts';
