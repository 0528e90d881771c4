/**
 * Who is started again when a child fails: it alone; all; it and those started after it; or, of alike children that
 * have no order, it alone.
 */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one' | 'simple_one_for_one';

/** What the next step depends on, of one child. */
export interface ChildPosition {
  readonly state: 'waiting' | 'starting' | 'running' | 'stopping' | 'ended';
  /** Whether it starts without regard to the others. */
  readonly alone: boolean;
  /** When a waiting child may start. */
  readonly notBeforeMs: number;
  /** Whether it shall stop, because a sibling failed, to be started again with it. */
  readonly replaced: boolean;
}

/** What a supervisor does next. */
export interface Steps<Child> {
  /** The one child that shall be stopping now; nothing starts meanwhile. */
  readonly stop?: Child | undefined;
  readonly start: readonly Child[];
}

/**
 * The steps that lead from where the children are to where they shall be: all of them running, in their order.
 * Pure. Asked again after everything that happens to a child, and when the time of a waiting one has come.
 *
 * Stops go one at a time, the last child first. Starts go in order, each after the one before is ready, save for the
 * children that are `alone`.
 */
export function nextSteps<Child extends ChildPosition>(
  children: Iterable<Child>,
  nowMs: number,
): Steps<Child> {
  const start: Child[] = [];
  let stop: Child | undefined;
  let inOrder = true;
  for (const child of children) {
    const { state, alone } = child;
    if (state === 'ended') continue;
    if (state === 'waiting') {
      if ((inOrder || alone) && child.notBeforeMs <= nowMs) start.push(child);
    } else if (child.replaced) stop = child;
    inOrder &&= alone || state === 'running';
  }
  return { stop, start: stop ? [] : start };
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
