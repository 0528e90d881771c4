/** How an ADK session service of ours is doing. */
export type AdkSessionsState =
  /** Everything goes where it belongs. */
  | (Base & { readonly state: 'normal' })
  /** Degraded: what is behind is away. Known sessions go on, and what is written goes into the journal. */
  | (Degraded & { readonly state: 'away' })
  /** What is behind is back, and gets what the journal has. */
  | (Degraded & { readonly state: 'returning' });

interface Degraded extends Base {
  readonly reason: string;
  /** Writes that are acknowledged and not yet where they belong. */
  readonly journalEntries: number;
}

interface Base {
  readonly sinceWallMs: number;
  /** Records of the journal that are damaged, by their keys in the spare: they stay there until somebody removes them. */
  readonly damagedRecords: readonly string[];
}
