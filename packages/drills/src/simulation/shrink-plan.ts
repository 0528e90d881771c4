/**
 * The smallest part of `plan` that was found to fail still: without any one of its elements it does not. `fails` says so
 * of a part; of the whole it is known. Between few calls of `fails` and the square of the length of `plan`.
 *
 * Delta debugging: Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", IEEE Transactions on
 * Software Engineering 28(2), 2002.
 */
export async function shrinkPlan<Element>(
  plan: readonly Element[],
  fails: (part: readonly Element[]) => Promise<boolean>,
): Promise<readonly Element[]> {
  if (plan.length > 0 && (await fails([]))) return [];
  let smallest = plan;
  for (let pieces = 2; smallest.length > 1; ) {
    const smaller = await failingRest(smallest, pieces, fails);
    if (smaller) {
      smallest = smaller;
      pieces = Math.max(pieces - 1, 2);
    } else if (pieces >= smallest.length) {
      return smallest;
    } else {
      pieces = Math.min(2 * pieces, smallest.length);
    }
  }
  return smallest;
}

/** What fails of `plan` without one of its pieces. */
async function failingRest<Element>(
  plan: readonly Element[],
  pieces: number,
  fails: (part: readonly Element[]) => Promise<boolean>,
): Promise<readonly Element[] | undefined> {
  for (let piece = 0; piece < pieces; piece++) {
    const from = Math.floor((piece * plan.length) / pieces);
    const to = Math.floor(((piece + 1) * plan.length) / pieces);
    const rest = [...plan.slice(0, from), ...plan.slice(to)];
    if (await fails(rest)) return rest;
  }
  return undefined;
}
