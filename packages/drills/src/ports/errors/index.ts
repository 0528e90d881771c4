export { errorText } from './error-text.ts';
export {
  aborted,
  brokenPipe,
  connectionRefused,
  connectionReset,
  connectionTimedOut,
  fetchFailed,
  type HostError,
  noSpace,
  outOfMemory,
  timedOut,
  tooManyFiles,
} from './host-errors.ts';
export { type HttpError, type HttpErrorParts, httpError } from './http-error.ts';
export { checkMakeError, injectedError, isInjected, type MakeError } from './injected-error.ts';
