/** Where what flows goes next. */
export interface Outlet {
  /** Whether it has enough: who sends then waits for `onRoom`. Whatever is sent nevertheless is taken. */
  readonly isFull: boolean;
  /** Set by who sends; called when it is no longer full. */
  onRoom: () => void;
  bytes(bytes: Buffer): void;
  close(how: 'end' | 'reset'): void;
}
