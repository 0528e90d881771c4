export { allowed } from './allowed.ts';
export type { AskedBody, AskedFile } from './asked-body.ts';
export type { Break, BreakPoint, Delivery, Pace } from './delivery.ts';
export { checkPace } from './delivery.ts';
export { bytesOf, isEventStream, jsonReply, type Reply, sseEvent, sseReply, textReply } from './reply.ts';
export type { Refused, Route } from './route.ts';
export type { ScriptOptions } from './script.ts';
export {
  type PeerOptions,
  type ScriptedHttp,
  type ScriptedHttpOptions,
  scriptedHttp,
} from './scripted-http.ts';
export type { RequestOutcome, SeenRequest } from './seen-request.ts';
export { type Gate, type ScriptEntry, type Step, type Tools, together } from './step.ts';
export {
  type At,
  gatewayError,
  hang,
  malformed,
  paced,
  reset,
  slowUpload,
  stall,
  type Times,
  truncate,
} from './steps.ts';
