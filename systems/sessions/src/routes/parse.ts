import type { z } from 'zod';
import { requestRefused } from '../checks/index.ts';

/** What was asked, as the schema has it. Throws SESSION_REQUEST_INVALID, which names the field; never what is in it. */
export function parse<Schema extends z.ZodType>(
  operation: string,
  what: 'body' | 'query',
  schema: Schema,
  given: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw requestRefused(operation, what, parsed.error);
}
