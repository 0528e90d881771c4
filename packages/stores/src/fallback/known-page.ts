import type { Entry, Page } from '../contract.ts';
import { byBytes } from './byte-order.ts';

/** @internal A page of a list, as `list` was asked for it. */
export interface PageRequest {
  readonly prefix: string;
  readonly after: string | undefined;
  readonly limit: number;
}

/** The page of those `keys` that exist, by `find`; never complete, as others may exist. */
export function pageOfKnown<Value>(
  { prefix, after, limit }: PageRequest,
  keys: Iterable<string>,
  find: (key: string) => Entry<Value> | undefined,
): Page<Value> {
  const inRange = [...keys].filter((key) => key.startsWith(prefix) && isAfter(key, after)).sort(byBytes);
  const entries: Entry<Value>[] = [];
  for (const [at, key] of inRange.entries()) {
    const entry = find(key);
    if (entry !== undefined) entries.push(entry);
    if (entries.length === limit && at + 1 < inRange.length) {
      return { entries, corrupted: [], next: key, complete: false };
    }
  }
  return { entries, corrupted: [], next: undefined, complete: false };
}

/** The page of the primary, in which this instance's own word stands: what its keys hold, or that they hold nothing. */
export function pageWithOwn<Value>(
  { prefix, after, limit }: PageRequest,
  page: Page<Value>,
  own: ReadonlyMap<string, Entry<Value> | undefined>,
): Page<Value> {
  const isInPage = (key: string) =>
    key.startsWith(prefix) &&
    isAfter(key, after) &&
    (page.next === undefined || byBytes(key, page.next) <= 0);
  const ours = [...own.keys()].filter(isInPage);
  if (ours.length === 0) return page;
  const entries = page.entries.filter(({ key }) => !own.has(key));
  entries.push(...ours.flatMap((key) => own.get(key) ?? []));
  entries.sort((a, b) => byBytes(a.key, b.key));
  const corrupted = page.corrupted.filter((key) => !own.has(key));
  if (entries.length <= limit) return { ...page, entries, corrupted };
  const kept = entries.slice(0, limit);
  const next = kept.at(-1)?.key as string;
  return { ...page, entries: kept, corrupted: corrupted.filter((key) => byBytes(key, next) < 0), next };
}

function isAfter(key: string, after: string | undefined): boolean {
  return after === undefined || byBytes(key, after) > 0;
}
