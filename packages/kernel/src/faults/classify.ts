import { Fault, type FaultOptions } from './fault.ts';
import { headOf } from './fault-json.ts';
import { kernelFaults } from './kernel-faults.ts';
import { codeOf, isCancelled, isFailedFetch } from './known-errors.ts';

/** Makes a Fault of anything thrown. */
export type Classify = (error: unknown, options?: Omit<FaultOptions, 'cause'>) => Fault;

/**
 * Makes a Fault of anything thrown: a Fault is answered as it is; otherwise the host's error codes and the
 * standard error names decide, and what nobody knows is `UNEXPECTED`. The thing thrown is kept as the cause.
 * Never throws.
 *
 * A system that knows more asks itself first:
 * `const own: Classify = (error, options) => isQuota(error) ? faults.QUOTA({}, { ...options, cause: error }) : classify(error, options)`.
 */
export const classify: Classify = (error, options) => {
  let code: unknown;
  let kind: KernelCode = 'UNEXPECTED';
  try {
    if (error instanceof Fault) return error;
    code = codeOf(error);
    // By its code or else by its name; but what was aborted is cancelled, whatever code came of it.
    if (isCancelled(error)) kind = 'CANCELLED';
    else {
      const known = KNOWN.get(code) ?? KNOWN.get((error as Error).name);
      kind = known ?? (isFailedFetch(error) ? 'CONNECTION_LOST' : kind);
    }
  } catch {
    // null, or a getter or a proxy that threw.
  }
  const { name: errorName, message } = headOf(error);
  const facts = { error: message, errorName, ...(typeof code === 'string' && { errorCode: code }) };
  return kernelFaults[kind](facts, { ...options, cause: error });
};

type KernelCode = keyof typeof kernelFaults;

/** libuv's and undici's codes, and the names of the hosts' errors. */
const KNOWN: ReadonlyMap<unknown, KernelCode> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ Object.entries({
    TIMEOUT:
      'ETIMEDOUT ESOCKETTIMEDOUT UND_ERR_CONNECT_TIMEOUT UND_ERR_HEADERS_TIMEOUT UND_ERR_BODY_TIMEOUT TimeoutError',
    CONNECTION_REFUSED: 'ECONNREFUSED',
    CONNECTION_LOST:
      'ECONNRESET ECONNABORTED EPIPE ENOTCONN EHOSTUNREACH ENETUNREACH ENETDOWN ERR_STREAM_PREMATURE_CLOSE UND_ERR_SOCKET NetworkError',
    HOST_NOT_FOUND: 'ENOTFOUND EAI_AGAIN',
    OUT_OF_MEMORY: 'ENOMEM ERR_WORKER_OUT_OF_MEMORY',
    DISK_FULL: 'ENOSPC EDQUOT QuotaExceededError',
    TOO_MANY_OPEN_FILES: 'EMFILE ENFILE',
    PERMISSION_DENIED: 'EACCES EPERM EROFS NotAllowedError',
    NOT_FOUND: 'ENOENT',
    ADDRESS_IN_USE: 'EADDRINUSE',
  }).flatMap(([code, errors]) => errors.split(' ').map((error) => [error, code as KernelCode] as const)),
);
