import { type Clock, classify, type Fault, isCancelled } from '@sustain/kernel';
import type { MusicParameters } from '../composition/index.ts';
import type { Bed } from '../streaming/index.ts';
import type { RenderJob } from '../synthesis/index.ts';
import { isIn, type Loop } from './loop.ts';
import type { LoopFiles } from './loop-files.ts';
import { renderLoop } from './render-loop.ts';

export interface LoopsOptions {
  readonly bed: Bed;
  readonly render: (job: RenderJob) => Promise<void>;
  /** Whether what is rendered now is worth keeping for later lives. */
  readonly isKept: () => boolean;
  /** Where they are kept. Default nowhere: they are rendered anew in every life. */
  readonly files?: LoopFiles | undefined;
  /** Told of every loop that there is from now on. Must not throw. */
  readonly onReady: (loop: Pick<Loop, 'key' | 'mode'>) => void;
  /** Told of files that cannot be used: the loop is rendered, or kept in memory only. Must not throw. */
  readonly onFault: (fault: Fault) => void;
  readonly clock: Clock;
}

/**
 * Makes the bed: a loop in the key and mode of the music, which is heard instead of silence when nothing can be rendered, or
 * there is no time to. Until there is one in a new key, the one before it stays.
 */
export class Loops {
  readonly #options: LoopsOptions;
  #loop: Loop | undefined;
  #preparing = false;
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: LoopsOptions) {
    this.#options = options;
  }

  /** Whether there is one in that key and mode. */
  has(parameters: MusicParameters): boolean {
    return this.#loop !== undefined && isIn(this.#loop, parameters);
  }

  /** Takes the loop in that key and mode from disk, where there is one: it costs no rendering. Never rejects. */
  async recall(parameters: MusicParameters): Promise<void> {
    if (this.has(parameters) || this.#preparing) return;
    this.#preparing = true;
    try {
      this.#take(await this.#read(parameters));
    } finally {
      this.#preparing = false;
    }
  }

  /**
   * Sees to it that there is a loop in that key and mode; to be called when there is time to render. One that could not be
   * rendered is tried again after 10 s at the earliest. Never rejects.
   */
  async prepare(parameters: MusicParameters, signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    if (this.has(parameters) || this.#preparing || clock.monotonicMs() < this.#notBeforeMs) return;
    this.#preparing = true;
    try {
      this.#take((await this.#read(parameters)) ?? (await this.#render(parameters, signal)));
    } catch (error) {
      this.#tell(error);
      this.#notBeforeMs = clock.monotonicMs() + BETWEEN_TRIES_MS;
    } finally {
      this.#preparing = false;
    }
  }

  #take(loop: Loop | undefined): void {
    if (loop === undefined) return;
    this.#loop = loop;
    this.#options.bed.change(loop);
    this.#options.onReady(loop);
  }

  async #read({ key, mode }: MusicParameters): Promise<Loop | undefined> {
    return this.#options.files?.read(key, mode).catch((error) => this.#tell(error));
  }

  async #render({ key, mode }: MusicParameters, signal: AbortSignal): Promise<Loop> {
    const { render, files, isKept } = this.#options;
    const isToKeep = isKept();
    const loop = await renderLoop(key, mode, render, signal);
    if (isToKeep && isKept()) await files?.write(loop).catch((error) => this.#tell(error));
    return loop;
  }

  #tell(error: unknown): undefined {
    if (!isCancelled(error)) this.#options.onFault(classify(error));
    return undefined;
  }
}

const BETWEEN_TRIES_MS = 10_000;
