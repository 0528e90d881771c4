export { checkId, checkObject, checkSessionKey, MAX_ID_BYTES } from './ids.ts';
export { type CheckedJson, checkJson, checkJsonObject, frozen, MAX_DEPTH, roughLength } from './json.ts';
export { requestRefused } from './request-refused.ts';
export { jsonTextBytes } from './text-bytes.ts';
