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
  const hash = murmur(`${seed}`);
  let a = hash();
  let b = hash();
  let c = hash();
  let counter = 1;
  const next = () => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  for (let round = 0; round < 12; round++) next();
  return { next, fork: (label) => seededRandom(`${seed}/${label}`) };
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
