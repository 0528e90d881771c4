/** Bands of the spectrum that are drawn, from the lowest in the middle outwards. */
const BANDS = 40;
const LOWEST_HZ = 45;
const HIGHEST_HZ = 9000;

/** Distance in bands, and weight on both sides; the weights add up to a half. */
const SMOOTHING: readonly (readonly [distance: number, weight: number])[] = [
  [0, 0.16],
  [1, 0.2],
  [2, 0.1],
  [3, 0.04],
];

/** Northern lights are slow: 20 pictures a second leave the machine to the music. */
const FRAME_MS = 50;
/** With reduced motion wished for, the picture changes as seldom as this, and does not sway. */
const REDUCED_FRAME_MS = 500;
/** Widest picture, in pixels; it is soft, so it is stretched to the screen unseen. */
const MAX_WIDTH = 960;

interface Curtain {
  readonly hueShift: number;
  readonly height: number;
  readonly opacity: number;
  /** Radians a second. */
  readonly sway: number;
}

const CURTAINS: readonly Curtain[] = [
  { hueShift: 70, height: 0.95, opacity: 0.2, sway: 0.11 },
  { hueShift: 32, height: 0.8, opacity: 0.26, sway: -0.17 },
  { hueShift: 0, height: 0.62, opacity: 0.4, sway: 0.23 },
];

/**
 * The sound as northern lights: the spectrum, mirrored, low notes in the middle, drawn as three curtains that sway
 * slowly. Drawn for as long as the page is visible.
 */
export class Aurora {
  readonly #canvas: HTMLCanvasElement;
  readonly #analyser: () => AnalyserNode | undefined;
  readonly #calm = matchMedia('(prefers-reduced-motion: reduce)');
  readonly #levels = new Float32Array(BANDS);
  #spectrum: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #hue = 168;
  #targetHue = 168;
  #lastDrawnMs = 0;

  /** `analyser` answers where the sound is; undefined while there is none, and the lights go down. */
  constructor(canvas: HTMLCanvasElement, analyser: () => AnalyserNode | undefined) {
    this.#canvas = canvas;
    this.#analyser = analyser;
    const draw = (nowMs: number) => {
      this.#draw(nowMs);
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  /** Colours the lights; degrees of the colour wheel. */
  set hue(degrees: number) {
    this.#targetHue = degrees;
  }

  #draw(nowMs: number): void {
    const elapsedMs = nowMs - this.#lastDrawnMs;
    if (elapsedMs < (this.#calm.matches ? REDUCED_FRAME_MS : FRAME_MS)) return;
    this.#lastDrawnMs = nowMs;
    this.#listen();
    this.#hue += (this.#targetHue - this.#hue) * 0.05;
    const context = this.#canvas.getContext('2d');
    if (context === null) return;
    const { width, height } = this.#fit();
    context.clearRect(0, 0, width, height);
    context.globalCompositeOperation = 'lighter';
    const seconds = this.#calm.matches ? 0 : nowMs / 1000;
    for (const curtain of CURTAINS) this.#drawCurtain(context, curtain, width, height, seconds);
  }

  #drawCurtain(
    context: CanvasRenderingContext2D,
    curtain: Curtain,
    width: number,
    height: number,
    seconds: number,
  ): void {
    const base = height * 0.9;
    const hue = this.#hue + curtain.hueShift;
    const points = 2 * BANDS - 1;
    const x = (i: number) => (i / (points - 1)) * width;
    const y = (i: number) => {
      const band = Math.abs(i - (BANDS - 1));
      const breath = 1 + 0.16 * Math.sin(seconds * curtain.sway * 4 + i * 0.23 + curtain.hueShift);
      const edge = Math.cos((band / BANDS) * (Math.PI / 2)) ** 0.6;
      const level = 0.04 + this.#smoothed(band);
      return base - level * breath * edge * curtain.height * height * 0.74;
    };
    context.beginPath();
    context.moveTo(x(0), y(0));
    for (let i = 1; i < points - 1; i++) {
      context.quadraticCurveTo(x(i), y(i), (x(i) + x(i + 1)) / 2, (y(i) + y(i + 1)) / 2);
    }
    context.lineTo(width, y(points - 1));
    context.strokeStyle = `hsla(${hue + 10}, 90%, 78%, ${curtain.opacity * 0.9})`;
    context.lineWidth = Math.max(1, height / 300);
    context.stroke();
    context.lineTo(width, base);
    context.lineTo(0, base);
    const gradient = context.createLinearGradient(0, height * 0.15, 0, base);
    gradient.addColorStop(0, `hsla(${hue + 40}, 80%, 72%, 0)`);
    gradient.addColorStop(0.5, `hsla(${hue + 14}, 75%, 62%, ${curtain.opacity})`);
    gradient.addColorStop(1, `hsla(${hue}, 80%, 52%, 0)`);
    context.fillStyle = gradient;
    context.fill();
  }

  /** Reads the spectrum into bands of equal width in octaves, rising at once and falling slowly. */
  #listen(): void {
    const analyser = this.#analyser();
    const bins = analyser?.frequencyBinCount ?? 0;
    if (this.#spectrum.length !== bins) this.#spectrum = new Uint8Array(bins);
    analyser?.getByteFrequencyData(this.#spectrum);
    for (let band = 0; band < BANDS; band++) {
      const level = analyser === undefined ? 0 : this.#levelOf(band, analyser);
      const before = this.#levels[band] as number;
      this.#levels[band] = before + (level - before) * (level > before ? 0.5 : 0.15);
    }
  }

  #levelOf(band: number, analyser: AnalyserNode): number {
    const hzPerBin = analyser.context.sampleRate / analyser.fftSize;
    const from = Math.floor(edgeHz(band) / hzPerBin);
    const to = Math.max(from + 1, Math.ceil(edgeHz(band + 1) / hzPerBin));
    let loudest = 0;
    for (let bin = from; bin < to; bin++) loudest = Math.max(loudest, this.#spectrum[bin] ?? 0);
    return (loudest / 255) ** 1.6;
  }

  /** Neighbouring bands flow into each other: single notes make hills, not spikes. */
  #smoothed(band: number): number {
    let sum = 0;
    for (const [distance, weight] of SMOOTHING) {
      const below = this.#levels[Math.abs(band - distance)] as number;
      const above = this.#levels[Math.min(BANDS - 1, band + distance)] as number;
      sum += weight * (below + above);
    }
    return sum;
  }

  /** Keeps the shape of the canvas on the screen. */
  #fit(): { readonly width: number; readonly height: number } {
    const ratio = Math.min(devicePixelRatio, MAX_WIDTH / this.#canvas.clientWidth);
    const width = Math.round(this.#canvas.clientWidth * ratio);
    const height = Math.round(this.#canvas.clientHeight * ratio);
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
    return { width, height };
  }
}

function edgeHz(band: number): number {
  return LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** (band / BANDS);
}
