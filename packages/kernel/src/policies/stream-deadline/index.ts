export {
  type StreamOptions,
  type StreamPipeline,
  type StreamSource,
  type StreamWork,
  stream,
} from './stream.ts';
export { type StreamDeadlineOptions, streamDeadline } from './stream-deadline.ts';
export { type StreamPhase, streamFaults } from './stream-faults.ts';
