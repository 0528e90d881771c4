import type { FaultDeclaration } from './fault.ts';
import { toPlain } from './plain.ts';

/** Throws a TypeError that names the field of `declaration`, or the text of `more`, which is not as it must be. */
export function checkDeclaration(
  of: string,
  { category, recovery, message, severity }: FaultDeclaration<never>,
  more?: Readonly<Record<string, unknown>>,
): void {
  const texts = { ...more, category, recovery, message: typeof message === 'function' ? '' : message };
  for (const [field, text] of Object.entries<unknown>(texts)) {
    must(`${field} ${of}`, 'a text', text, typeof text === 'string' && (text || field === 'message'));
  }
  must(`severity ${of}`, '1 to 5', severity, [1, 2, 3, 4, 5].includes(severity));
}

/** Throws a TypeError that says what was got, unless it is `right`. */
export function must(what: string, be: string, got: unknown, right: unknown): void {
  if (!right) throw new TypeError(`${what} must be ${be}; got ${JSON.stringify(toPlain(got))}`);
}
