/** Who waits for a turn. */
export interface Waiter {
  readonly priority: number;
}

/**
 * Puts somebody into `line`, where the greater priority stands first, equal ones in the order of their arrival. Answers how
 * to leave, which is harmless when that has happened. Both are O(those in the line).
 */
export function joinLine<Each extends Waiter>(line: Each[], waiter: Each): () => void {
  line.splice(line.findLastIndex(({ priority }) => priority >= waiter.priority) + 1, 0, waiter);
  return () => {
    const place = line.indexOf(waiter);
    if (place >= 0) line.splice(place, 1);
  };
}
