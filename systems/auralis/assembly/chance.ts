// All chance of a render comes from here, and all of it from the phrase's seed.

let state: u32 = 1;

/** Starts the sequence anew; nearby seeds are spread apart first (the finaliser of MurmurHash3). */
export function reseed(seed: u32): void {
  let x = seed + 0x9e3779b9;
  x = (x ^ (x >>> 16)) * 0x85ebca6b;
  x = (x ^ (x >>> 13)) * 0xc2b2ae35;
  x ^= x >>> 16;
  state = x != 0 ? x : 1;
}

/** The next 32 bits (xorshift32, Marsaglia 2003); never 0. */
export function bits(): u32 {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state;
}

/** The next number in [low, high). */
export function between(low: f32, high: f32): f32 {
  return low + (high - low) * (f32(bits() >>> 8) * (1.0 / 16777216.0));
}
