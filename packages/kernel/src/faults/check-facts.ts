import { checkNumber } from '../options/index.ts';

/**
 * Throws an error that names the fact of `what` that is not as it must be: category, recovery and `texts` are texts
 * that are not empty, severity is 1 to 5.
 */
export function checkFacts(what: string, facts: object, texts: readonly string[]): void {
  for (const name of [...texts, 'category', 'recovery']) {
    const text = (facts as Record<string, unknown>)[name];
    if (typeof text !== 'string' || !text) {
      throw new TypeError(`${name} of ${what} must be a text that is not empty; got ${String(text)}`);
    }
  }
  checkNumber(`severity of ${what}`, (facts as { severity?: unknown }).severity, {
    least: 1,
    most: 5,
    whole: true,
  });
}
