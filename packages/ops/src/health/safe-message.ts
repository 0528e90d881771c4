import { withoutSecrets } from '../secrets/index.ts';

/** Longer ones are cut. */
const MOST_CHARACTERS = 300;

/**
 * What of a check's message may be shown to whoever can ask for health: its first line, up to 300 characters, without
 * what looks like a secret. Stacks begin on the second line.
 */
export function safeMessage(message: string): string {
  // Cut before it is looked through: a message may be of megabytes.
  const start = message.slice(0, 4 * MOST_CHARACTERS).trimStart();
  const safe = withoutSecrets(start.split(/[\r\n]/, 1)[0] as string);
  return safe.length > MOST_CHARACTERS ? `${safe.slice(0, MOST_CHARACTERS - 1)}…` : safe;
}
