import { faultFromJson } from '@sustain/kernel';
import type { SeenFault } from './faults-in.ts';

/** Where a fault was met: in what a user of the subject got, or in a signal. */
export type Where =
  | { readonly by: 'user'; readonly operationId: string }
  | { readonly by: 'signal'; readonly source: string };

/**
 * What a fault that was seen has lost of its context; undefined when nothing. It must know the operation in which a
 * user met it (or, answered by another process, that one's), a signal must name the component, and context and causes
 * must survive being written to a log and read again.
 */
export function lostContext({ fault, operationId }: SeenFault, where: Where): string | undefined {
  if (where.by === 'user' && !isOf(where.operationId)) return 'the operation in which it happened';
  if (where.by === 'signal' && where.source === '') return 'the component that it happened to';
  if (fault === undefined) return undefined; // it was written down and read to get here
  const json = JSON.parse(JSON.stringify(fault)) as { context?: object; cause?: unknown };
  if ('problem' in Object(json.context) && !('problem' in fault.context)) {
    return 'a context that can be written down';
  }
  const read = faultFromJson(json);
  const lost = Object.keys(fault.context).find(
    (key) => fault.context[key] !== undefined && !(key in read.context),
  );
  if (lost !== undefined) return `${lost} of its context`;
  if (fault.cause !== undefined && json.cause === undefined) return 'what led to it';
  return undefined;

  function isOf(userOperationId: string): boolean {
    return fault === undefined ? operationId !== undefined : operationId === userOperationId;
  }
}
