import type { Frame } from '@sustain/audio';
import type { BufferFigures, JitterBufferOptions } from './jitter-buffer.ts';

/** Name under which the processor is registered. */
export const PROCESSOR_NAME = 'auralis-player';

/** Options of the processor. */
export type ProcessorOptions = JitterBufferOptions;

/** From the page to the audio thread. */
export type ToWorklet =
  | { readonly type: 'frame'; readonly frame: Frame }
  /** Asks for figures. They are asked for, because answering is allowed to allocate and processing is not. */
  | { readonly type: 'report' }
  /** The processor is not needed any more. */
  | { readonly type: 'close' };

/** From the audio thread to the page: the answer to `report`. */
export interface FromWorklet extends BufferFigures {
  /** RMS since the last report; 0 in silence. */
  readonly rms: number;
}
