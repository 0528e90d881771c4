import type { Fault } from '@sustain/kernel';
import type { z } from 'zod';
import { sessionFaults } from '../faults.ts';

/**
 * SESSION_REQUEST_INVALID for what a schema has refused: it names the first field that is wrong, within `what`, and never what
 * is in it.
 */
export function requestRefused(operation: string, what: string, error: z.ZodError): Fault {
  const { path, message } = error.issues[0] ?? { path: [], message: 'Invalid input' };
  const field = [what, ...path.map(String)].join('.').slice(0, MAX_FIELD);
  const reason = `is not as it must be: ${message.slice(0, MAX_REASON)}`;
  return sessionFaults.SESSION_REQUEST_INVALID({ operation, field, reason });
}

const MAX_FIELD = 100;
const MAX_REASON = 200;
