/**
 * Counts occurrences of kinds of things: answers how far beyond 100 of that kind within 10 s this one is; 0 or less is
 * none, 1 begins a storm. Beyond 2000 kinds all others count as one. O(1) a call; the windows follow one another, they do
 * not slide.
 */
export function stormGuard(): (kind: string, nowMs: number) => number {
  const counts = new Map<string, number>();
  let startMs = Number.NEGATIVE_INFINITY;
  return (kind, nowMs) => {
    if (nowMs - startMs >= WINDOW_MS) {
      startMs = nowMs;
      counts.clear();
    }
    const counted = counts.has(kind) || counts.size < MAX_KINDS ? kind : '';
    const count = (counts.get(counted) ?? 0) + 1;
    counts.set(counted, count);
    return count - MAX_PER_KIND;
  };
}

const MAX_PER_KIND = 100;
const MAX_KINDS = 2000;
const WINDOW_MS = 10_000;
