export { checkId, checkObject, checkSessionKey, MAX_ID_BYTES } from './ids.ts';
export { type CheckedJson, checkJson, checkJsonObject, frozen, MAX_DEPTH } from './json.ts';
export { requestRefused } from './request-refused.ts';
