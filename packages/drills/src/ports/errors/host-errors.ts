import { constants } from 'node:os';

/** An error of the operating system, as Node throws it. */
export interface HostError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;
}

/** The peer, or something between, has sent RST. */
export function connectionReset(): HostError {
  return hostError('ECONNRESET', 'read', 'read ECONNRESET');
}

/** Nobody listens there. */
export function connectionRefused(port = 443, address = '127.0.0.1'): HostError {
  const error = hostError('ECONNREFUSED', 'connect', `connect ECONNREFUSED ${address}:${port}`);
  return Object.assign(error, { address, port });
}

/** Nobody answered for as long as the operating system waits. */
export function connectionTimedOut(port = 443, address = '127.0.0.1'): HostError {
  const error = hostError('ETIMEDOUT', 'connect', `connect ETIMEDOUT ${address}:${port}`);
  return Object.assign(error, { address, port });
}

/** Written to what the other side has closed. */
export function brokenPipe(): HostError {
  return hostError('EPIPE', 'write', 'write EPIPE');
}

/** The disk is full. */
export function noSpace(): HostError {
  return hostError('ENOSPC', 'write', 'ENOSPC: no space left on device, write');
}

/** This process has as many files open as it may. */
export function tooManyFiles(path = '/tmp/file'): HostError {
  return Object.assign(hostError('EMFILE', 'open', `EMFILE: too many open files, open '${path}'`), { path });
}

/** V8 has no memory for a buffer. */
export function outOfMemory(): RangeError {
  return new RangeError('Array buffer allocation failed');
}

/** What an aborted `fetch` throws: somebody no longer wanted it. */
export function aborted(): DOMException {
  return new DOMException('This operation was aborted', 'AbortError');
}

/** What AbortSignal.timeout aborts with. */
export function timedOut(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}

/** What `fetch` throws when the network failed. Default: by a connection that was reset. */
export function fetchFailed(cause: () => Error = connectionReset): TypeError {
  return new TypeError('fetch failed', { cause: cause() });
}

/** Numbers are the operating system's, negative, as libuv has them. */
function hostError(code: keyof typeof constants.errno, syscall: string, message: string): HostError {
  const error = Object.assign(new Error(message), { errno: -constants.errno[code], code, syscall });
  Error.captureStackTrace(error, hostError);
  return error;
}
