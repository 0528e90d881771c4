/** One step of undoing, as plain data that another process can carry out. Each is harmless when it is not needed. */
export type UndoCommand =
  /** SIGCONT to a process and all that it has started. */
  | { readonly undo: 'continue'; readonly pid: number }
  /** Ends a process and all that it has started: with `signal`, and after 5 s with SIGKILL. */
  | { readonly undo: 'end'; readonly pid: number; readonly signal: NodeJS.Signals }
  /** How large files a process and what it has started meanwhile may write, as its soft limit was; null for any size. */
  | { readonly undo: 'file-size-limit'; readonly pid: number; readonly bytes: number | null }
  | { readonly undo: 'chmod'; readonly path: string; readonly mode: number }
  /** Lets a file, or a folder with all that is in it, be changed again (`chattr -i`). */
  | { readonly undo: 'mutable'; readonly path: string }
  /** Lets a filesystem be written to again (`fsfreeze`). */
  | { readonly undo: 'thaw'; readonly path: string }
  /** `leave` says how many mounts were at that path before, and stay; default 0. */
  | { readonly undo: 'unmount'; readonly path: string; readonly leave?: number }
  /** Puts back what was moved away, in the place of the file that stands there. Nothing when `from` is not there. */
  | { readonly undo: 'move'; readonly from: string; readonly to: string }
  /** Removes a file, or a folder with all that is in it. */
  | { readonly undo: 'remove'; readonly path: string };
