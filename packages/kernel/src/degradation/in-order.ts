/**
 * Makes `tell` safe against listeners that cause the next thing to tell: it is told when they have all heard of
 * this one, so that everybody hears everything in the order in which it happened. `tell` must not throw.
 */
export function inOrder<T>(tell: (item: T) => void): (items: readonly T[]) => void {
  const waiting: T[] = [];
  let telling = false;
  return (items) => {
    waiting.push(...items);
    if (telling) return;
    telling = true;
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) tell(next);
    telling = false;
  };
}
