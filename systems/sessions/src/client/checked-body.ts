import { checkJson } from '../checks/index.ts';

/**
 * A copy of a body, field by field as the manager checks it: JSON would make null of NaN, a text of a date and `{}` of a Map.
 * Throws SESSION_REQUEST_INVALID, SESSION_TOO_LARGE for what no service takes. Whether it is too large for this one the
 * service says.
 */
export function checkedBody(operation: string, body: object): object {
  const fields = Object.entries(body).filter(([, value]) => value !== undefined);
  return Object.fromEntries(
    fields.map(([field, value]) => [field, checkJson(operation, field, value, MOST_BYTES).value]),
  );
}

const MOST_BYTES = 64 * 1_048_576;
