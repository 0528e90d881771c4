import { headOf, labelOf } from './error-head.ts';
import { type Fault, type FaultOptions, isFault } from './fault.ts';
import { kernelFaultOf } from './kernel-faults.ts';

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
  if (isFault(error)) return error;
  const head = headOf(error);
  const { name: errorName, message, code: errorCode } = head;
  return kernelFaultOf(labelOf(head))({ error: message, errorName, errorCode }, { ...options, cause: error });
};
