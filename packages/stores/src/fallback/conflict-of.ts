import type { Clock } from '@sustain/kernel';
import { ABSENT, type Entry } from '../contract.ts';
import type { Conflict } from './conflict-records.ts';
import {
  type ConflictDecision,
  type ConflictRules,
  decideConflict,
  nameOf,
  ruleFor,
} from './conflict-rule.ts';
import type { Footing } from './footing.ts';
import { type JournalRecord, shownAs } from './journal-record.ts';

/** @internal The conflict of a journalled write with what the primary has, decided. */
export function conflictOf(
  record: JournalRecord,
  footing: Footing,
  theirs: Entry | undefined,
  /** `refused`: why ours cannot stay, whatever the rule. */
  { rules, clock, refused }: { rules: ConflictRules; clock: Clock; refused: string | undefined },
): Conflict {
  const { kind, key, operationId, revision, wallMs, base } = record;
  const rule = ruleFor(rules, key);
  const ours = kind === 'delete' ? undefined : record.value;
  const sides = { key, base: footing.value, ours, theirs: theirs?.value };
  const nowMs = clock.wallMs();
  const decision: ConflictDecision =
    refused === undefined ? decideConflict(rule, sides, wallMs, nowMs) : { stays: 'theirs', reason: refused };
  return {
    ...{ id: `${revision}`, key, kind, operationId, rule: nameOf(rule), ...decision },
    base: { revision: base, value: sides.base },
    ours: { revision: shownAs(record), value: ours },
    theirs: { revision: theirs?.revision ?? ABSENT, value: sides.theirs },
    ...{ writtenWallMs: wallMs, decidedWallMs: nowMs },
  };
}
