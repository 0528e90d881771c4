import { ABSENT, type Guard, type Revision } from '../contract.ts';
import type { WriteAnswer } from './write-request.ts';

/** @internal An acknowledged write that is not yet in the primary, as it stands in the spare. */
export interface JournalRecord {
  /** Its number: they grow. What callers are told as the revision of a written value. */
  readonly revision: Revision;
  readonly key: string;
  readonly kind: 'set' | 'delete' | 'touch';
  /** Of a set what is written, of a touch what it keeps alive. */
  readonly value?: unknown;
  /** As what revision the value is told, where that is not its number: a touch changes none. */
  readonly shownAs?: Revision | undefined;
  /** Counts from `wallMs`. */
  readonly ttlMs?: number | undefined;
  /**
   * What it was made on: a revision of the primary, ABSENT, or the number of the write before it of the same key; null
   * when that was not known.
   */
  readonly base: Revision | null;
  /**
   * The greatest revision of the primary that was seen before. Where the base is not known, what is not newer was there
   * already, and is what an unconditional write replaces.
   */
  readonly seen: Revision;
  /** When the base ceases to exist by itself, as Unix time. Undefined: never, or not known. */
  readonly baseEndsWallMs?: number | undefined;
  /** The value of the base, where a rule will ask for it. */
  readonly baseValue?: unknown;
  readonly wallMs: number;
  readonly operationId: string;
  /**
   * Whether it was sent to the primary before, and no answer came: it may have happened, or may still. `bound`: only upon
   * the revision that it was made on, which never comes again; `unbound`: upon whatever is there then, or is not.
   */
  readonly sent: 'no' | 'bound' | 'unbound';
  /** Nobody else writes that value there: where it is there, this write has happened. It was sent without its id. */
  readonly isWrittenOnce?: true | undefined;
  /** Checked by the primary when it is back. */
  readonly guard?: Guard | undefined;
}

/** As what revision the value of a record is told. */
export function shownAs({ shownAs, revision }: JournalRecord): Revision {
  return shownAs ?? revision;
}

/** What its caller was told. */
export function answerOf(record: JournalRecord): WriteAnswer {
  return { outcome: 'done', revision: record.kind === 'delete' ? ABSENT : shownAs(record) };
}

/** When what it wrote ceases to exist by itself, as Unix time. */
export function endsWallMs({ ttlMs, wallMs }: JournalRecord): number | undefined {
  return ttlMs === undefined ? undefined : wallMs + ttlMs;
}

/** What it takes in the journal, about. */
export function recordBytes({ key, operationId }: JournalRecord, json: string | undefined): number {
  return key.length + operationId.length + Buffer.byteLength(json ?? '') + OVERHEAD_BYTES;
}

const OVERHEAD_BYTES = 200;
