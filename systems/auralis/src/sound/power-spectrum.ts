/**
 * The power of a stretch of audio by frequency: a Hann window and a radix-2 Fourier transform in place (Cooley and Tukey,
 * 1965). All memory is taken at construction.
 */
export class PowerSpectrum {
  /** Samples of a stretch. */
  readonly size: number;
  /** Power by bin, `size / 2` of them, each `sampleRateHz / size` wide; of the stretch measured last. */
  readonly power: Float64Array;
  readonly #window: Float64Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;
  readonly #reversed: Uint32Array;
  readonly #real: Float64Array;
  readonly #imaginary: Float64Array;

  /** Throws a RangeError when `size` is no power of two from 4 to 65,536. */
  constructor(size: number) {
    const bits = Math.log2(size);
    if (!Number.isInteger(bits) || bits < 2 || bits > 16) {
      throw new RangeError(`the size of a spectrum must be a power of two from 4 to 65536; got ${size}`);
    }
    this.size = size;
    this.power = new Float64Array(size / 2);
    this.#window = new Float64Array(size).map((_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / size));
    this.#cos = new Float64Array(size / 2).map((_, k) => Math.cos((-2 * Math.PI * k) / size));
    this.#sin = new Float64Array(size / 2).map((_, k) => Math.sin((-2 * Math.PI * k) / size));
    this.#reversed = new Uint32Array(size).map((_, i) => reversedBits(i, bits));
    this.#real = new Float64Array(size);
    this.#imaginary = new Float64Array(size);
  }

  /** Measures `size` samples from `startFrame` on into `power`; beyond the end they are silent. */
  measure(samples: Float32Array, startFrame = 0): Float64Array {
    const { size, power } = this;
    const real = this.#real;
    const imaginary = this.#imaginary;
    for (let i = 0; i < size; i++) {
      const from = this.#reversed[i] as number;
      real[i] = (samples[startFrame + from] ?? 0) * (this.#window[from] as number);
    }
    imaginary.fill(0);
    for (let half = 1; half < size; half *= 2) this.#combine(half);
    for (let bin = 0; bin < power.length; bin++) {
      power[bin] = (real[bin] as number) ** 2 + (imaginary[bin] as number) ** 2;
    }
    return power;
  }

  /** Transforms of `half` samples each become such of twice as many. */
  #combine(half: number): void {
    const real = this.#real;
    const imaginary = this.#imaginary;
    const stride = this.size / (2 * half);
    for (let k = 0; k < half; k++) {
      const cos = this.#cos[k * stride] as number;
      const sin = this.#sin[k * stride] as number;
      for (let i = k; i < this.size; i += 2 * half) {
        const j = i + half;
        const re = (real[j] as number) * cos - (imaginary[j] as number) * sin;
        const im = (real[j] as number) * sin + (imaginary[j] as number) * cos;
        real[j] = (real[i] as number) - re;
        imaginary[j] = (imaginary[i] as number) - im;
        real[i] = (real[i] as number) + re;
        imaginary[i] = (imaginary[i] as number) + im;
      }
    }
  }
}

function reversedBits(value: number, bits: number): number {
  let reversed = 0;
  for (let bit = 0; bit < bits; bit++) reversed |= ((value >> bit) & 1) << (bits - 1 - bit);
  return reversed;
}
