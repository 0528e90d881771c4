const watching = new Set<(error: unknown) => void>();

function onRejection(error: unknown): void {
  for (const watch of [...watching]) watch(error);
}

/** Tells of every rejection in this process that nobody handles. Answers the way to stop. */
export function watchRejections(watch: (error: unknown) => void): () => void {
  if (watching.size === 0) process.on('unhandledRejection', onRejection);
  watching.add(watch);
  return () => {
    watching.delete(watch);
    if (watching.size === 0) process.off('unhandledRejection', onRejection);
  };
}
