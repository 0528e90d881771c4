import { auralisFaults } from '../faults.ts';
import { shown } from '../shown.ts';

/** A message as an object, whatever it holds. Throws MALFORMED_MESSAGE. */
export function parseMessageObject(text: string): Record<string, unknown> {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    throw malformed('it is not JSON');
  }
  if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
    return message as Record<string, unknown>;
  }
  throw malformed(`got ${shownShortly(message)}`);
}

/** Throws MALFORMED_MESSAGE when there is a field that is none of these. */
export function checkFields(
  message: Readonly<Record<string, unknown>>,
  what: string,
  known: readonly string[],
): void {
  const unknown = Object.keys(message).find((key) => !known.includes(key));
  if (unknown !== undefined) throw malformed(`${shownShortly(unknown)} is not a field of a ${what}`);
}

export function malformed(reason: string): Error {
  return auralisFaults.MALFORMED_MESSAGE({ reason });
}

/** At most a line of it, for a message may hold anything. */
export function shownShortly(value: unknown): string {
  return shown(value, 80);
}
