import { BoundedMap } from '../bounded-map.ts';
import type { SessionKey } from '../session/index.ts';

/** What is to be created, and where its id is from. */
export type Creation =
  | { readonly key: SessionKey; readonly idIs: 'of the creation'; readonly creationId: string }
  | { readonly key: SessionKey; readonly idIs: 'given' | 'new'; readonly creationId: string | undefined };

/**
 * Under which ids sessions are created that have a `creationId` and no id of their own: under that id, so that the same
 * creation leads to the same session whichever instance hears of it. While the primary store is away nobody can know
 * whether another instance, or an earlier life, has made it; then it gets a new id, which this instance remembers.
 */
export class RepeatableCreations {
  readonly #isNormal: () => boolean;
  readonly #newId: () => string;
  /** Where each creation was made, or is being made. */
  readonly #places = new BoundedMap<Place>({ entries: MOST_PLACES });

  constructor(isNormal: () => boolean, newId: () => string) {
    this.#isNormal = isNormal;
    this.#newId = newId;
  }

  keyOf(creation: Creation): SessionKey {
    const { key, idIs } = creation;
    if (idIs !== 'of the creation') return key;
    const known = this.#places.get(nameOf(key, creation.creationId));
    if (known !== undefined) return { ...key, sessionId: known.sessionId };
    if (this.#isNormal()) return key;
    const sessionId = this.#newId();
    this.#remember(creation, { sessionId, isNew: true });
    return { ...key, sessionId };
  }

  /** Whether there can be no session of that key yet. To be called while the session's lock is held. */
  isNew(creation: Creation, { sessionId }: SessionKey): boolean {
    if (creation.idIs !== 'of the creation') return creation.idIs === 'new';
    const place = this.#places.get(nameOf(creation.key, creation.creationId));
    return place?.sessionId === sessionId && place.isNew;
  }

  /** That it was made under that key, or may have been. */
  mayBeThere(creation: Creation, { sessionId }: SessionKey): void {
    if (creation.idIs === 'of the creation') this.#remember(creation, { sessionId, isNew: false });
  }

  #remember({ key, creationId }: Creation & { readonly creationId: string }, place: Place): void {
    this.#places.set(nameOf(key, creationId), place);
  }
}

interface Place {
  readonly sessionId: string;
  readonly isNew: boolean;
}

function nameOf({ appName, userId }: SessionKey, creationId: string): string {
  return `${appName}/${userId}/${creationId}`;
}

/** About 200 bytes each. */
const MOST_PLACES = 20_000;
