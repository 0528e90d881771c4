import { describeOperation, type Operation } from './operation.ts';

/** What a check says. Only `holds` is good news. */
export type Verdict<Reason extends string> =
  | { readonly state: 'holds' /** How many operations were looked at. */; readonly operations: number }
  | {
      readonly state: 'violated';
      readonly reason: Reason;
      readonly key: string;
      /** The operations that prove it, in the order of their invocation: as few as were found. */
      readonly evidence: readonly Operation[];
      /** For a person: what is wrong, and the evidence, of which the last twelve at most. */
      readonly message: string;
    }
  | {
      /** Nothing wrong was found, and not everything could be looked at. */
      readonly state: 'undecided';
      readonly reason: 'too-many-steps';
      readonly key: string;
      readonly message: string;
    };

/** @internal */
export function violated<Reason extends string>(
  reason: Reason,
  key: string,
  what: string,
  operations: readonly Operation[],
): Verdict<Reason> {
  const evidence = operations.toSorted((a, b) => a.invokedAt - b.invokedAt);
  const lines = evidence.slice(-SHOWN).map((operation) => `\n  ${describeOperation(operation)}`);
  if (evidence.length > SHOWN) lines.unshift(`\n  … and ${evidence.length - SHOWN} before these`);
  return { state: 'violated', reason, key, evidence, message: `${key}: ${what}${lines.join('')}` };
}

const SHOWN = 12;
