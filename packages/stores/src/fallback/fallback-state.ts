/** Where a fallback store stands. */
export type FallbackState =
  /** The journal of an earlier run is being read; operations wait for it. `reason`: why it could not be, the last time. */
  | { readonly state: 'opening'; readonly sinceWallMs: number; readonly reason: string | undefined }
  /** All is well: the primary does everything. */
  | { readonly state: 'primary'; readonly sinceWallMs: number; readonly conflicts: number }
  /** Degraded: what is written goes into the journal, and only what is known can be read. */
  | (Degraded & { readonly state: 'away'; readonly probesInRow: number })
  /** The primary is back, and gets what the journal has. */
  | (Degraded & { readonly state: 'returning'; readonly replayed: number })
  /** Another program goes on with this journal: the primary does everything, and nothing stands in for it. Final. */
  | { readonly state: 'taken'; readonly sinceWallMs: number; readonly reason: string };

interface Degraded {
  readonly sinceWallMs: number;
  readonly reason: string;
  /** What is acknowledged and not yet in the primary. */
  readonly journalEntries: number;
  readonly journalBytes: number;
  /** Records of conflicts that nobody has removed yet. */
  readonly conflicts: number;
}
