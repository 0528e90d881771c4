import {
  ABSENT,
  type CompareAndSetResult,
  type Entry,
  type Guard,
  type Revision,
  type Store,
} from '../contract.ts';
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

/** What a store says to it: of a touch or a delete whether it has happened, of a set the revision, or both. */
export type Reply = boolean | Revision | CompareAndSetResult<unknown>;

/** Sends it to the primary. */
export function sendWrite(primary: Store, request: WriteRequest): Promise<Reply> {
  const { kind, key, expected, ttlMs, guard } = request;
  if (kind === 'touch') return primary.touch(key, expected as Revision, ttlMs as number);
  const operationId = request.isWrittenOnce ? undefined : request.operationId;
  if (kind === 'delete') return primary.delete(key, { revision: expected, operationId, guard });
  const value = new JsonText(request.json as string);
  const options = { ttlMs, operationId, guard };
  return expected === undefined
    ? primary.set(key, value, options)
    : primary.compareAndSet(key, expected, value, options);
}

/** What the primary's reply says. */
export function answerIn(reply: Reply, { kind, expected }: WriteRequest): WriteAnswer {
  if (typeof reply === 'number') return { outcome: 'done', revision: reply };
  if (typeof reply === 'boolean') {
    const revision = kind === 'touch' ? (expected as Revision) : ABSENT;
    return reply ? { outcome: 'done', revision } : { outcome: 'mismatch', entry: undefined };
  }
  return reply.ok
    ? { outcome: 'done', revision: reply.revision }
    : { outcome: 'mismatch', entry: reply.entry };
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
