/** Which signals a reader wants. Without patterns of a kind it wants all of that kind. */
export interface SignalFilterOptions {
  /** Types: `breaker.changed`, or with a `*` at the end `breaker.*`. */
  readonly types?: readonly string[];
  /** Sources, likewise. */
  readonly sources?: readonly string[];
}

export type SignalFilter = (origin: { readonly type: string; readonly source: string }) => boolean;

/** One of the types and one of the sources must fit. */
export function signalFilter({ types = [], sources = [] }: SignalFilterOptions): SignalFilter {
  const type = anyOf(types);
  const source = anyOf(sources);
  return (origin) => type(origin.type) && source(origin.source);
}

function anyOf(patterns: readonly string[]): (text: string) => boolean {
  if (patterns.length === 0) return () => true;
  const exact = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = patterns
    .filter((pattern) => pattern.endsWith('*'))
    .map((pattern) => pattern.slice(0, -1));
  return (text) => exact.has(text) || beginnings.some((beginning) => text.startsWith(beginning));
}
