/** The only way to chance. A seeded Random replays exactly. */
export interface Random {
  /** A number in [0, 1), uniformly distributed. */
  next(): number;
  /**
   * An independent stream named `label`. Of a seeded Random it depends on the seed and the label only, not on
   * what has been drawn, so that adding a consumer does not change what the others see.
   */
  fork(label: string): Random;
}

/** The host's randomness. Not for secrets. */
export const systemRandom: Random = {
  next: () => Math.random(),
  fork: () => systemRandom,
};

/**
 * Randomness that is the same for the same seed, on every machine. Not for secrets.
 *
 * The generator is sfc32 of Chris Doty-Humphrey's PractRand (128 bits of state, passes BigCrush), seeded through
 * MurmurHash3's finaliser.
 */
export function seededRandom(seed: number | string): Random {
  return new SmallFastCounter(String(seed));
}

class SmallFastCounter implements Random {
  readonly #seed: string;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: string) {
    this.#seed = seed;
    const hash = murmur(seed);
    this.#a = hash();
    this.#b = hash();
    this.#c = hash();
    for (let round = 0; round < 12; round++) this.next();
  }

  next(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  }

  fork(label: string): Random {
    return new SmallFastCounter(`${this.#seed}/${label}`);
  }
}

/** A stream of 32-bit hashes of `text`. */
function murmur(text: string): () => number {
  let hash = 1779033703 ^ text.length;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 3432918353);
    hash = (hash << 13) | (hash >>> 19);
  }
  return () => {
    hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
    hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
    hash ^= hash >>> 16;
    return hash | 0;
  };
}
