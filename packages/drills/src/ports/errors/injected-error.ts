import { Fault } from '@sustain/kernel';

/**
 * Makes the error that something broken throws: a new one each time, as a host or a library would throw it, never a
 * declared fault, which the code under test has to make of it itself.
 */
export type MakeError = () => object;

/** @internal Throws a TypeError unless `make` makes errors of others. It is called once. */
export function checkMakeError(of: string, make: MakeError): void {
  if (typeof make !== 'function') {
    throw new TypeError(
      `the error of ${of} must be a function that makes one, as connectionReset; got ${typeof make}`,
    );
  }
  const error: unknown = make();
  if (typeof error !== 'object' || error === null) {
    throw new TypeError(
      `the error of ${of} must be an object, else it could not be found again; got ${typeof error}`,
    );
  }
  if (error instanceof Fault) {
    throw new TypeError(
      `${of} must break what lies below classification; got the fault ${error.code}: make the error that it comes from`,
    );
  }
}

/** @internal Makes one that `isInjected` knows. */
export function injectedError(make: MakeError): object {
  const error = make();
  injected.add(error);
  return error;
}

/**
 * Whether an error, or one that it was caused by, was made by an injection of this process: of a fault that a drill
 * saw, whether its cause was kept. Never throws.
 */
export function isInjected(error: unknown): boolean {
  const seen = new Set<unknown>();
  const waiting: unknown[] = [error];
  for (const one of waiting) {
    if (typeof one !== 'object' || one === null || seen.has(one)) continue;
    if (injected.has(one)) return true;
    seen.add(one);
    waiting.push(...causesOf(one));
  }
  return false;
}

const injected = new WeakSet<object>();

function causesOf(error: object): unknown[] {
  try {
    const { cause, errors } = error as { readonly cause?: unknown; readonly errors?: unknown };
    return Array.isArray(errors) ? [cause, ...errors] : [cause];
  } catch {
    return []; // It throws when it is looked at: it says of no cause.
  }
}
