import { ABSENT, type Entry, type Guard, type Revision, type Store } from '../contract.ts';
import { JsonText } from '../json-text.ts';
import type { Known } from './known.ts';

/** @internal Any operation that writes. */
export interface WriteRequest {
  readonly kind: 'set' | 'delete' | 'touch';
  readonly key: string;
  /** Of a set. */
  readonly json: string | undefined;
  /** Only at this revision; undefined: whatever there is. */
  readonly expected: Revision | undefined;
  readonly ttlMs: number | undefined;
  readonly operationId: string;
  /** It creates what nobody else writes: what is there tells whether it has happened, and it is sent without its id. */
  readonly isWrittenOnce: boolean;
  readonly guard: Guard | undefined;
}

/** @internal What came of it. */
export type WriteAnswer =
  | { readonly outcome: 'done'; readonly revision: Revision }
  /** Nothing was done. `entry`: what is there, where that was asked. */
  | { readonly outcome: 'mismatch'; readonly entry: Entry | undefined };

/** Sends it to the primary. */
export async function sendWrite(
  primary: Store,
  { kind, key, json, expected, ttlMs, guard, ...request }: WriteRequest,
): Promise<WriteAnswer> {
  const operationId = request.isWrittenOnce ? undefined : request.operationId;
  if (kind === 'touch') {
    const revision = expected as Revision;
    return doneIf(await primary.touch(key, revision, ttlMs as number), revision);
  }
  if (kind === 'delete') {
    return doneIf(await primary.delete(key, { revision: expected, operationId, guard }), ABSENT);
  }
  const options = { ttlMs, operationId, guard };
  const value = new JsonText(json as string);
  if (expected === undefined) return { outcome: 'done', revision: await primary.set(key, value, options) };
  const result = await primary.compareAndSet(key, expected, value, options);
  return result.ok
    ? { outcome: 'done', revision: result.revision }
    : { outcome: 'mismatch', entry: result.entry };
}

/** What an answer of the primary teaches. */
export function learnWrite(known: Known, request: WriteRequest, answer: WriteAnswer): void {
  const { kind, key, json, expected, ttlMs } = request;
  if (answer.outcome === 'done') {
    if (kind === 'touch') known.touched(key, answer.revision, ttlMs as number);
    else known.written(key, json, answer.revision, ttlMs);
  } else if (kind === 'set' || (kind === 'delete' && expected === undefined)) {
    const { entry } = answer;
    known.written(key, entry && JSON.stringify(entry.value), entry?.revision ?? ABSENT);
  }
}

function doneIf(isDone: boolean, revision: Revision): WriteAnswer {
  return isDone ? { outcome: 'done', revision } : { outcome: 'mismatch', entry: undefined };
}
