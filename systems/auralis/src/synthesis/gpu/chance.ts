import { float } from './float.ts';

/** All chance of a phrase: the sequence of `assembly/chance.ts`, number for number. */
export class PhraseChance {
  #state: number;

  constructor(seed: number) {
    let x = (seed + 0x9e3779b9) >>> 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    x = (x ^ (x >>> 16)) >>> 0;
    this.#state = x === 0 ? 1 : x;
  }

  /** The next 32 bits, unsigned; never 0. */
  bits(): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x >>> 0;
    return this.#state;
  }

  /** The next number in [low, high), an f32. */
  between(low: number, high: number): number {
    const range = float(float(high) - float(low));
    return float(float(low) + float(range * ((this.bits() >>> 8) / 16_777_216)));
  }
}
