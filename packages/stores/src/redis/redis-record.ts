import { crc32 } from 'node:zlib';
import type { Stored } from '../backend.ts';
import type { Revision } from '../contract.ts';

/**
 * @internal What stands before an entry's text: its revision, and the revision modulo 97, so that a flipped byte in it is
 * found, which the checksum of the text cannot. Scripts compare it as a whole: what is damaged equals no revision.
 */
export function recordHead(revision: Revision): string {
  return `${revision}.${revision % CHECK_MODULUS}:`;
}

/** @internal What is stored under a key. Without a head that is right it is given as what nobody can have written. */
export function readRecord(key: string, record: string, ttlMs?: number): Stored {
  const revision = Number(record.slice(0, Math.max(record.indexOf('.'), 0)));
  const head = recordHead(revision);
  if (revision > 0 && Number.isSafeInteger(revision) && record.startsWith(head)) {
    return { key, text: record.slice(head.length), revision, ttlMs };
  }
  // A number of its own for each damage, for its copy in quarantine; far below the revisions, which begin with the time.
  return { key, text: record, revision: crc32(record) || 1, ttlMs };
}

/** The scripts do the same. A prime below 100: every changed digit changes the remainder. */
const CHECK_MODULUS = 97;
