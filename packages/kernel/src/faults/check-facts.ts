import { checkOption, TEXT } from '../options/index.ts';

/**
 * Throws an error that names the fact of `what` that is not as it must be: category, recovery and `texts` are texts
 * that are not empty, severity is 1 to 5.
 */
export function checkFacts(what: string, facts: object, texts: readonly string[]): void {
  for (const name of [...texts, 'category', 'recovery']) {
    checkOption(`${name} of ${what}`, (facts as Record<string, unknown>)[name], TEXT);
  }
  checkOption(`severity of ${what}`, (facts as { severity?: unknown }).severity, {
    least: 1,
    most: 5,
    whole: true,
  });
}
