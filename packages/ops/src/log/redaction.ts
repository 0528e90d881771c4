import { type Secrecy, secrecyOf, withoutSecrets } from '../secrets/index.ts';
import type { MutableLogCounts } from './log-counts.ts';

/** Finds, replaces and counts secrets. */
export class Redaction {
  readonly #names: readonly string[];
  readonly #counts: MutableLogCounts;
  /** What is written instead of a secret. */
  readonly replace: () => string;

  constructor(names: readonly string[], replaceBy: string, counts: MutableLogCounts) {
    this.#names = names;
    this.#counts = counts;
    this.replace = () => {
      this.#counts.redacted++;
      return replaceBy;
    };
  }

  secrecyOf(key: string): Secrecy {
    return secrecyOf(key, this.#names);
  }

  /** The text without the secrets that can be seen in it. */
  text(text: string): string {
    return withoutSecrets(text, this.replace);
  }
}
