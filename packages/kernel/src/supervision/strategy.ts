/**
 * Who is started again when a child fails: it alone; all; it and those started after it; or, of alike children that
 * have no order, it alone.
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one';

/** What the order of a child among its siblings depends on. */
export interface ChildPosition {
  readonly now: { readonly state: 'waiting' | 'resting' | 'starting' | 'running' | 'stopping' | 'ended' };
  /** Whether it shall stop, because a sibling failed, to be started again with it. Only while it is up. */
  readonly replaced: boolean;
}

/**
 * The one for whom all others of an order wait, on the way from where they are to where they shall be: all of them
 * running. Stops come first, the last child first. Nobody starts while one rests. Starts go in order, each after the
 * one before is ready. Pure; undefined when they have arrived.
 */
export function nextInOrder<Child extends ChildPosition>(children: readonly Child[]): Child | undefined {
  return (
    children.findLast(({ replaced }) => replaced) ??
    children.find(({ now }) => now.state === 'resting') ??
    children.find(({ now }) => now.state !== 'running' && now.state !== 'ended')
  );
}

/** Whether each child is on its own once it has been started. */
export function isUnordered(strategy: Strategy): boolean {
  return strategy.endsWith('one_for_one');
}

/** Whether its children are on their own from the first start on. */
export function isSimple(strategy: Strategy): boolean {
  return strategy === 'simple_one_for_one';
}

/** The children that start again when `failed` does; itself among them. O(1) where they are on their own. */
export function restartedWith<Child>(
  strategy: Strategy,
  failed: Child,
  children: Iterable<Child>,
): readonly Child[] {
  if (isUnordered(strategy)) return [failed];
  const all = [...children];
  return strategy === 'one_for_all' ? all : all.slice(all.indexOf(failed));
}
