import type { Frame } from '@sustain/audio';
import type { Clock } from '@sustain/kernel';
import type { StreamFormat } from './server-message.ts';
import {
  type FromWorklet,
  PROCESSOR_NAME,
  type ProcessorOptions,
  type ToWorklet,
} from './worklet-messages.ts';

/** The rate of the stream, and of the audio context: the browser, not this player, fits it to the device. */
const SAMPLE_RATE_HZ = 44_100;
const FADE_OUT_S = 0.04;

export interface PlaybackOptions {
  readonly clock: Clock;
  /** Address of the processor's script. */
  readonly workletUrl: string;
  readonly onFigures: (figures: FromWorklet) => void;
  /** The processor broke: it stays silent until the next `begin`. */
  readonly onBroken: () => void;
}

/**
 * The browser's audio: a processor on the audio thread for each time that play is pressed, behind one volume
 * control and one analyser.
 */
export class Playback {
  readonly analyser: AnalyserNode;
  readonly #options: PlaybackOptions;
  readonly #context: AudioContext;
  readonly #volume: GainNode;
  #processor: AudioWorkletNode | undefined;
  #gate: GainNode | undefined;

  /** Call it while a click is handled, or the browser starts it silent. Rejects in words for the listener. */
  static async create(options: PlaybackOptions): Promise<Playback> {
    if (typeof AudioWorkletNode === 'undefined') {
      throw new Error(
        'This browser has no AudioWorklet here. Use a current browser, over https or on localhost.',
      );
    }
    const context = createContext();
    try {
      await context.audioWorklet.addModule(options.workletUrl);
    } catch (cause) {
      await context.close(); // Browsers allow only a few.
      throw new Error('The player could not be loaded. Is the server running?', { cause });
    }
    return new Playback(context, options);
  }

  private constructor(context: AudioContext, options: PlaybackOptions) {
    this.#context = context;
    this.#options = options;
    this.#volume = context.createGain();
    this.analyser = context.createAnalyser();
    this.analyser.fftSize = 2048;
    this.#volume.connect(this.analyser).connect(context.destination);
  }

  /** Why `format` cannot be played, in words for the listener; undefined when it can. */
  problemWith(format: StreamFormat): string | undefined {
    const { sampleRateHz, channels, encoding } = format;
    if (sampleRateHz === this.#context.sampleRate && channels === 2 && encoding === 's16le') return undefined;
    const got = `${sampleRateHz} Hz, ${channels} channels, ${encoding}`;
    return `The server sends ${got}; this player plays ${this.#context.sampleRate} Hz, 2 channels, s16le.`;
  }

  /** Starts a processor that waits for frames. Harmless while there is one. */
  begin(format: StreamFormat, prebufferMs: number): void {
    void this.#context.resume();
    if (this.#processor !== undefined) return;
    const processorOptions: ProcessorOptions = { ...format, prebufferMs };
    const processor = new AudioWorkletNode(this.#context, PROCESSOR_NAME, {
      numberOfInputs: 0,
      outputChannelCount: [format.channels],
      processorOptions,
    });
    processor.port.onmessage = (event: MessageEvent<FromWorklet>) => {
      if (processor === this.#processor) this.#options.onFigures(event.data);
    };
    processor.onprocessorerror = () => {
      if (processor === this.#processor) this.#options.onBroken();
    };
    this.#gate = this.#context.createGain();
    processor.connect(this.#gate).connect(this.#volume);
    this.#processor = processor;
  }

  /** Hands a frame to the processor; the frame's memory goes with it. */
  push(frame: Frame): void {
    this.#post({ type: 'frame', frame }, [frame.payload.buffer as ArrayBuffer]);
  }

  /** Asks for figures; they come through `onFigures`. Wakes the audio when the system has put it to sleep. */
  report(): void {
    if (this.#processor !== undefined && this.#context.state !== 'running') void this.#context.resume();
    this.#post({ type: 'report' });
  }

  /** Fades out and lets the processor go. */
  end(): void {
    const [processor, gate] = [this.#processor, this.#gate];
    this.#processor = undefined;
    if (processor === undefined || gate === undefined) return;
    const now = this.#context.currentTime;
    gate.gain.setValueAtTime(1, now);
    gate.gain.linearRampToValueAtTime(0, now + FADE_OUT_S);
    this.#options.clock.schedule(4 * FADE_OUT_S * 1000, () => {
      processor.port.postMessage({ type: 'close' } satisfies ToWorklet);
      gate.disconnect();
      if (this.#processor === undefined) void this.#context.suspend();
    });
  }

  /** `volume` is 0 to 1, as a slider stands; its square is the gain, which is nearer to how loud it is heard. */
  setVolume(volume: number): void {
    this.#volume.gain.setTargetAtTime(volume ** 2, this.#context.currentTime, 0.02);
  }

  #post(message: ToWorklet, transfer: Transferable[] = []): void {
    this.#processor?.port.postMessage(message, transfer);
  }
}

function createContext(): AudioContext {
  try {
    return new AudioContext({ sampleRate: SAMPLE_RATE_HZ, latencyHint: 'playback' });
  } catch (cause) {
    throw new Error(`This browser cannot play audio at ${SAMPLE_RATE_HZ} Hz.`, { cause });
  }
}
