/** One step of undoing, as plain data that another process can carry out. Each is harmless when it is not needed. */
export type UndoCommand =
  /** SIGCONT to a process and all that it has started. */
  | { readonly undo: 'continue'; readonly pid: number }
  /** Ends a process and all that it has started: with `signal`, and after 5 s with SIGKILL. */
  | { readonly undo: 'end'; readonly pid: number; readonly signal: NodeJS.Signals }
  | { readonly undo: 'chmod'; readonly path: string; readonly mode: number }
  | { readonly undo: 'unmount'; readonly path: string }
  /** Removes a file, or a folder with all that is in it. */
  | { readonly undo: 'remove'; readonly path: string };
