/**
 * Calls `flush` when the process exits: by itself, by `process.exit`, or of an uncaught throw. However many ask for it,
 * the process has one listener; who came last is called first, since it may write to those before. Answers the way to undo it.
 */
export function flushAtExit(flush: () => void): () => void {
  if (flushes.size === 0) process.on('exit', flushAll);
  flushes.add(flush);
  return () => {
    flushes.delete(flush);
    if (flushes.size === 0) process.off('exit', flushAll);
  };
}

const flushes = new Set<() => void>();

function flushAll(): void {
  for (const flush of [...flushes].reverse()) flush();
}
