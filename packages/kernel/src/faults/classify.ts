import { Fault, type FaultOptions } from './fault.ts';
import { type ErrorFacts, kernelFaults } from './kernel-faults.ts';
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
    return factoryFor(facts)(facts, { ...options, cause: error });
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

type KernelFactory = (typeof kernelFaults)[keyof typeof kernelFaults];

/** libuv's and undici's codes. */
const BY_CODE: Readonly<Record<string, KernelFactory>> = {
  ECONNREFUSED: kernelFaults.CONNECTION_REFUSED,
  ECONNRESET: kernelFaults.CONNECTION_LOST,
  ECONNABORTED: kernelFaults.CONNECTION_LOST,
  EPIPE: kernelFaults.CONNECTION_LOST,
  ENOTCONN: kernelFaults.CONNECTION_LOST,
  EHOSTUNREACH: kernelFaults.CONNECTION_LOST,
  ENETUNREACH: kernelFaults.CONNECTION_LOST,
  ENETDOWN: kernelFaults.CONNECTION_LOST,
  ERR_STREAM_PREMATURE_CLOSE: kernelFaults.CONNECTION_LOST,
  UND_ERR_SOCKET: kernelFaults.CONNECTION_LOST,
  ENOTFOUND: kernelFaults.HOST_NOT_FOUND,
  EAI_AGAIN: kernelFaults.HOST_NOT_FOUND,
  ETIMEDOUT: kernelFaults.TIMEOUT,
  ESOCKETTIMEDOUT: kernelFaults.TIMEOUT,
  UND_ERR_CONNECT_TIMEOUT: kernelFaults.TIMEOUT,
  UND_ERR_HEADERS_TIMEOUT: kernelFaults.TIMEOUT,
  UND_ERR_BODY_TIMEOUT: kernelFaults.TIMEOUT,
  ENOMEM: kernelFaults.OUT_OF_MEMORY,
  ERR_WORKER_OUT_OF_MEMORY: kernelFaults.OUT_OF_MEMORY,
  ENOSPC: kernelFaults.DISK_FULL,
  EDQUOT: kernelFaults.DISK_FULL,
  EMFILE: kernelFaults.TOO_MANY_OPEN_FILES,
  ENFILE: kernelFaults.TOO_MANY_OPEN_FILES,
  EACCES: kernelFaults.PERMISSION_DENIED,
  EPERM: kernelFaults.PERMISSION_DENIED,
  EROFS: kernelFaults.PERMISSION_DENIED,
  ENOENT: kernelFaults.NOT_FOUND,
  EADDRINUSE: kernelFaults.ADDRESS_IN_USE,
  ABORT_ERR: kernelFaults.CANCELLED,
};

const BY_NAME: Readonly<Record<string, KernelFactory>> = {
  AbortError: kernelFaults.CANCELLED,
  TimeoutError: kernelFaults.TIMEOUT,
  NetworkError: kernelFaults.CONNECTION_LOST,
  QuotaExceededError: kernelFaults.DISK_FULL,
  NotAllowedError: kernelFaults.PERMISSION_DENIED,
};

function factoryFor(facts: ErrorFacts): KernelFactory {
  const byCode = facts.errorCode === undefined ? undefined : own(BY_CODE, facts.errorCode);
  return byCode ?? own(BY_NAME, facts.errorName) ?? kernelFaults.UNEXPECTED;
}

function own(table: Readonly<Record<string, KernelFactory>>, key: string): KernelFactory | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

function factsOf(error: unknown): ErrorFacts {
  try {
    if (typeof error !== 'object' || error === null) {
      return { error: String(toPlain(error)), errorName: `thrown ${error === null ? 'null' : typeof error}` };
    }
    const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown };
    // fetch hides the host's error: TypeError "fetch failed" with the code on its cause.
    const hidden = code === undefined ? (error as { cause?: { code?: unknown } }).cause?.code : code;
    return {
      error: typeof message === 'string' ? message : JSON.stringify(toPlain(error)),
      errorName: typeof name === 'string' ? name : 'thrown object',
      ...(typeof hidden === 'string' && { errorCode: hidden }),
    };
  } catch {
    return { error: '[unreadable]', errorName: 'thrown object' }; // A getter or a proxy threw.
  }
}
