/** `did you mean "level"?` when one of the names is near, else `there are: level, output` or nothing. */
export function suggestion(given: string, names: readonly string[]): string | undefined {
  const plain = plainName(given);
  const near = names
    .map((name) => ({ name, distance: editDistance(plain, plainName(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((a, b) => a.distance - b.distance)[0];
  if (near !== undefined) return `did you mean "${near.name}"?`;
  return names.length === 0 ? undefined : `there are: ${names.slice(0, 30).join(', ')}`;
}

/** Without case and separators: `max_size`, `maxSize` and `MAX-SIZE` are one name. */
export function plainName(name: string): string {
  return name.replace(/[_-]/g, '').toLowerCase();
}

/** Characters to insert, remove or change, or neighbours to swap, to get from one to the other (Damerau). */
export function editDistance(from: string, to: string): number {
  // Long names are never misspelt names; nobody waits for a comparison of novels.
  if (from.length > 100 || to.length > 100) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, at(beforeLast, column - 2) + 1);
      current.push(cost);
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] as number;
}
