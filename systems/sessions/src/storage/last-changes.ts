/** So many of the last changes are known by their ids: one that is sent again is not done again. */
export const REMEMBERED_CHANGES = 256;

/** At which revision each of a session's last changes was made, by its id. */
export class LastChanges {
  readonly #revisions = new Map<string, number>();
  /** The ids in a ring, by revision: a new one takes the place of the one that is forgotten. */
  readonly #ids: string[] = [];

  get size(): number {
    return this.#revisions.size;
  }

  revisionOf(id: string): number | undefined {
    return this.#revisions.get(id);
  }

  add(id: string, revision: number): void {
    const place = revision % REMEMBERED_CHANGES;
    const forgotten = this.#ids[place];
    // Unless a change of the same id was made since, which only a damaged log has.
    if (forgotten !== undefined && this.#revisions.get(forgotten) === revision - REMEMBERED_CHANGES)
      this.#revisions.delete(forgotten);
    this.#ids[place] = id;
    this.#revisions.set(id, revision);
  }
}
