/**
 * @internal The smallest text that comes, in the order of bytes in UTF-8, after all that begin with `prefix`; undefined
 * when none does. `prefix` is well-formed. That order is the one of code points, so the last one is raised that can be.
 */
export function prefixEnd(prefix: string): string | undefined {
  const codePoints = [...prefix];
  while (codePoints.length > 0) {
    const last = (codePoints.pop() as string).codePointAt(0) as number;
    if (last < LAST) return codePoints.join('') + String.fromCodePoint(afterSurrogates(last + 1));
  }
  return undefined;
}

const LAST = 0x10ffff;

/** Half of a surrogate pair is no text that PostgreSQL takes. */
function afterSurrogates(codePoint: number): number {
  return codePoint === 0xd800 ? 0xe000 : codePoint;
}
