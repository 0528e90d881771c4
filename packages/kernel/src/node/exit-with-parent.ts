/**
 * For the main module of a supervised process, called first of all: it exits when its parent is gone, however the
 * parent died, and so never becomes an orphan. Until then it stays up. Does nothing in a process that was started
 * by hand.
 *
 * A process that never returns to its event loop does not notice.
 */
export function exitWithParent(): void {
  if (process.send === undefined) return;
  if (!process.connected) process.exit(EXIT_CODE);
  process.once('disconnect', () => process.exit(EXIT_CODE));
}

const EXIT_CODE = 1;
