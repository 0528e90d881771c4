import { createHash } from 'node:crypto';
import { sessionFaults } from '../faults.ts';
import type { Session, SessionState } from '../session/index.ts';

/** The ETag of a version: strong (RFC 9110, section 8.8.3). */
export function entityTag(version: string): string {
  return `"${version}"`;
}

/**
 * The ETag of a session as it was read. What it shares with other sessions changes without it: of that, a digest follows
 * the version, so that a cache notices. For If-Match only the version counts.
 */
export function entityTagOf({ version, state }: Session): string {
  const shared = Object.entries(state).filter(isShared);
  if (shared.length === 0) return entityTag(version);
  const digest = createHash('sha256').update(JSON.stringify(shared)).digest('base64url').slice(0, 12);
  return entityTag(`${version};${digest}`);
}

/**
 * What a write expects: a version, or anything (`*`). Undefined without the header. Throws SESSION_REQUEST_INVALID, also
 * for several ETags: a write that expects one of many versions has not read the session.
 */
export function ifMatch(
  operation: string,
  header: string | undefined,
): { readonly version?: string } | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return {};
  const tag = /^"([\x21\x23-\x7e]{1,256})"$/.exec(header.trim())?.[1];
  if (tag !== undefined) return { version: tag.split(';', 1)[0] as string };
  const reason =
    'must be one strong ETag with its quotes, as the session was answered with, and no list of them; or *';
  throw sessionFaults.SESSION_REQUEST_INVALID({ operation, field: 'If-Match', reason });
}

/** Whether If-None-Match names this tag: weakly compared (RFC 9110, section 13.1.2). */
export function isKnown(tag: string, header: string | undefined): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((known) => known.trim().replace(/^W\//, '') === tag);
}

function isShared([name]: readonly [keyof SessionState, unknown]): boolean {
  return name.startsWith('app:') || name.startsWith('user:');
}
