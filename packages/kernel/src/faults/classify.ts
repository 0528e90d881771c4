import { Fault, type FaultOptions } from './fault.ts';
import { type ErrorFacts, kernelFaults } from './kernel-faults.ts';
import { codeOf, isCancelled, isFailedFetch } from './known-errors.ts';
import { toPlain } from './plain.ts';

/** Says which fault an error is, or undefined when it is none of its business. */
export type ClassifyRule = (error: unknown, facts: ErrorFacts) => Fault | undefined;

/** Makes a Fault of anything thrown. */
export type Classify = (error: unknown, options?: Omit<FaultOptions, 'cause'>) => Fault;

/**
 * Makes a Fault of anything thrown: a Fault is answered as it is; otherwise the host's error codes and the
 * standard error names decide, and what nobody knows is `UNEXPECTED`. The thing thrown is kept as the cause.
 * Never throws.
 */
export const classify: Classify = createClassifier();

/**
 * A `classify` that asks `rules` first, in order. A rule that throws is passed over: what is being classified
 * matters more.
 */
export function createClassifier(rules: readonly ClassifyRule[] = []): Classify {
  return (error, options) => {
    if (isFault(error)) return error;
    const facts = factsOf(error);
    for (const rule of rules) {
      const fault = ask(rule, error, facts);
      if (fault !== undefined) return fault;
    }
    return kernelFaults[kernelCodeOf(error)](facts, { ...options, cause: error });
  };
}

/** A revoked proxy throws when its prototype is asked for. */
function isFault(error: unknown): error is Fault {
  try {
    return error instanceof Fault;
  } catch {
    return false; // Whatever it is, it is not one of ours.
  }
}

function ask(rule: ClassifyRule, error: unknown, facts: ErrorFacts): Fault | undefined {
  try {
    return rule(error, facts);
  } catch {
    return undefined; // A broken rule knows nothing; what is being classified matters more.
  }
}

type KernelCode = keyof typeof kernelFaults;

/** By its code or else by its name; but what was aborted is cancelled, whatever code came of it. */
function kernelCodeOf(error: unknown): KernelCode {
  try {
    if (isCancelled(error)) return 'CANCELLED';
    const known = KNOWN.get(codeOf(error)) ?? KNOWN.get((error as Error).name);
    return known ?? (isFailedFetch(error) ? 'CONNECTION_LOST' : 'UNEXPECTED');
  } catch {
    return 'UNEXPECTED'; // null, or a getter or a proxy that threw.
  }
}

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

function factsOf(error: unknown): ErrorFacts {
  try {
    if (typeof error !== 'object' || error === null) {
      return { error: String(toPlain(error)), errorName: `thrown ${error === null ? 'null' : typeof error}` };
    }
    const { name, message } = error as { name?: unknown; message?: unknown };
    const code = codeOf(error);
    return {
      error: typeof message === 'string' ? message : JSON.stringify(toPlain(error)),
      errorName: typeof name === 'string' ? name : 'thrown object',
      ...(typeof code === 'string' && { errorCode: code }),
    };
  } catch {
    return { error: '[unreadable]', errorName: 'thrown object' }; // A getter or a proxy threw.
  }
}
