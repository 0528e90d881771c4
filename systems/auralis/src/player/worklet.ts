import { JitterBuffer } from './jitter-buffer.ts';
import {
  type FromWorklet,
  PROCESSOR_NAME,
  type ProcessorOptions,
  type ToWorklet,
} from './worklet-messages.ts';

// The audio thread's own globals, which TypeScript's DOM library leaves out.
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
  abstract process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { readonly processorOptions: ProcessorOptions }) => AudioWorkletProcessor,
): void;

/** The player on the audio thread: frames come in as messages, audio goes out in quanta of 128 sample frames. */
class PlayerProcessor extends AudioWorkletProcessor {
  readonly #buffer: JitterBuffer;
  readonly #level = new LevelSinceLast();
  #open = true;

  constructor(options: { readonly processorOptions: ProcessorOptions }) {
    super();
    this.#buffer = new JitterBuffer(options.processorOptions);
    this.port.onmessage = (event: MessageEvent<ToWorklet>) => this.#receive(event.data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const output = outputs[0];
    if (output !== undefined) {
      this.#buffer.pull(output);
      this.#level.add(output);
    }
    return this.#open;
  }

  #receive(message: ToWorklet): void {
    if (message.type === 'frame') this.#buffer.push(message.frame);
    else if (message.type === 'close') this.#open = false;
    else this.port.postMessage({ ...this.#buffer.figures, rms: this.#level.take() } satisfies FromWorklet);
  }
}

/** The level between two reports. A typed array, because a field that holds a float may allocate when it changes. */
class LevelSinceLast {
  readonly #sums = new Float64Array(2);

  add(channels: readonly Float32Array[]): void {
    let squares = 0;
    let count = 0;
    for (let channel = 0; channel < channels.length; channel++) {
      const samples = channels[channel] as Float32Array;
      for (let i = 0; i < samples.length; i++) squares += (samples[i] as number) * (samples[i] as number);
      count += samples.length;
    }
    this.#sums[0] = (this.#sums[0] as number) + squares;
    this.#sums[1] = (this.#sums[1] as number) + count;
  }

  /** RMS of all that was added since the last take. */
  take(): number {
    const [squares = 0, count = 0] = this.#sums;
    this.#sums.fill(0);
    return count === 0 ? 0 : Math.sqrt(squares / count);
  }
}

registerProcessor(PROCESSOR_NAME, PlayerProcessor);
