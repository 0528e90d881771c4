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
  request: PageRequest,
  keys: Iterable<string>,
  find: (key: string) => Entry<Value> | undefined,
): Page<Value> {
  const inRange = [...keys].filter((key) => isInRange(request, key)).sort(byBytes);
  const entries: Entry<Value>[] = [];
  for (const [at, key] of inRange.entries()) {
    const entry = find(key);
    if (entry !== undefined) entries.push(entry);
    if (entries.length === request.limit && at + 1 < inRange.length) {
      return { entries, corrupted: [], next: key, complete: false };
    }
  }
  return { entries, corrupted: [], next: undefined, complete: false };
}

/** The page of the primary, in which this instance's word stands: what its own keys hold by `find`, or that they do not. */
export function pageWithOwn<Value>(
  request: PageRequest,
  page: Page<Value>,
  own: Iterable<string>,
  find: (key: string) => Entry<Value> | undefined,
): Page<Value> {
  const { limit } = request;
  const isInPage = (key: string) =>
    isInRange(request, key) && (page.next === undefined || byBytes(key, page.next) <= 0);
  const ours = new Set([...own].filter(isInPage).sort(byBytes));
  if (ours.size === 0) return page;
  const entries = page.entries.filter(({ key }) => !ours.has(key));
  const most = entries.length + limit + 1;
  for (const key of ours) {
    const entry = find(key);
    if (entry !== undefined) entries.push(entry);
    if (entries.length === most) break; // there may be far more of ours than are asked for
  }
  entries.sort((a, b) => byBytes(a.key, b.key));
  const corrupted = page.corrupted.filter((key) => !ours.has(key));
  if (entries.length <= limit) return { ...page, entries, corrupted };
  const kept = entries.slice(0, limit);
  const next = kept.at(-1)?.key as string;
  return { ...page, entries: kept, corrupted: corrupted.filter((key) => byBytes(key, next) < 0), next };
}

export function isInRange({ prefix, after }: PageRequest, key: string): boolean {
  return key.startsWith(prefix) && (after === undefined || byBytes(key, after) > 0);
}
