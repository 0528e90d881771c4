/** Who is started again when a child fails: it alone, all, or it and those started after it. */
export type Strategy = 'one_for_one' | 'one_for_all' | 'rest_for_one';

/** What the next step depends on, of one child. */
export interface ChildPosition {
  readonly state: 'waiting' | 'starting' | 'running' | 'stopping' | 'ended';
  /** Whether it has ever become ready. */
  readonly startedOnce: boolean;
  /** When a waiting child may start. */
  readonly notBeforeMs: number;
  /** Whether it shall stop, because a sibling failed, to be started again with it. */
  readonly replaced: boolean;
}

/** What a supervisor does next. Indexes are those of the children. */
export interface Steps {
  /** The one child that shall be stopping now; nothing starts meanwhile. */
  readonly stop?: number;
  readonly start: readonly number[];
  /** When to look again, if nothing happens before. */
  readonly wakeMs: number;
}

/**
 * The steps that lead from where the children are to where they shall be: all of them running in their order, or,
 * when `stopping`, none of them. Pure. Asked again after everything that happens to a child.
 *
 * Stops go one at a time, the last child first. Starts go in order, each after the one before is ready; only under
 * `one_for_one` does a child that was ready once come back without regard to the others.
 */
export function nextSteps(
  strategy: Strategy,
  stopping: boolean,
  children: readonly ChildPosition[],
  nowMs: number,
): Steps {
  const stop = children.findLastIndex((child) => isAlive(child) && (stopping || child.replaced));
  if (stop >= 0) return { stop, start: [], wakeMs: Number.POSITIVE_INFINITY };

  const start: number[] = [];
  let wakeMs = Number.POSITIVE_INFINITY;
  if (stopping) return { start, wakeMs };

  let inOrder = true;
  for (const [index, child] of children.entries()) {
    if (child.state === 'ended') continue;
    const alone = strategy === 'one_for_one' && child.startedOnce;
    if (child.state === 'waiting' && (inOrder || alone)) {
      if (child.notBeforeMs <= nowMs) start.push(index);
      else wakeMs = Math.min(wakeMs, child.notBeforeMs);
    }
    if (child.state !== 'running' && !alone) inOrder = false;
  }
  return { start, wakeMs };
}

/** The children, by index, that start again when the one at `failed` does; itself among them. */
export function restartedWith(strategy: Strategy, failed: number, count: number): readonly number[] {
  const first = strategy === 'one_for_all' ? 0 : failed;
  const end = strategy === 'one_for_one' ? failed + 1 : count;
  return Array.from({ length: end - first }, (_, offset) => first + offset);
}

function isAlive(child: ChildPosition): boolean {
  return child.state !== 'waiting' && child.state !== 'ended';
}
