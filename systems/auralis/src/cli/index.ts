export { auralisFaults } from '../faults.ts';
export { recordingFaults } from './faults.ts';
export { type RecordedFile, type RecordFileOptions, recordFile } from './record-file.ts';
export type { RecordProgress, RecordWait } from './recording.ts';
export { type RenderedFile, type RenderFileOptions, type RenderProgress, renderFile } from './render-file.ts';
