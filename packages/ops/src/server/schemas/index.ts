export { type ApiIndex, apiIndexSchema } from './api-index.ts';
export { healthSchema } from './health.ts';
export { type JsonSchema, schemaUriOf } from './json-schema.ts';
export { type Login, type LoginRequest, loginRequestSchema, loginSchema } from './login.ts';
export { type Problem, problemMediaType, problemSchema } from './problem.ts';
export {
  type GapDocument,
  gapSchema,
  type SignalDocument,
  type SignalEvent,
  signalSchema,
} from './signal.ts';
