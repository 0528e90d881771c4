import { classify, type ExitReason, faultFromJson } from '@sustain/kernel';
import type { ChildPort } from '@sustain/kernel/node';
import type { Phrase } from '../composition/index.ts';
import { auralisFaults } from '../faults.ts';
import { shown } from '../shown.ts';
import type { FromSynthesis, ToSynthesis } from './messages.ts';

/** Takes the frames of a phrase as they come: `offset` sample frames into it, in order. May throw to refuse them. */
export type BlockListener = (offset: number, left: Float32Array, right: Float32Array) => void;

/** The way to whichever synthesis process is up: phrases go in, audio comes out, and processes may come and go. */
export class SynthesisPort {
  readonly #child: ChildPort<ToSynthesis, FromSynthesis>;
  #engine: string | undefined;
  #nextId = 0;
  readonly #jobs = new Map<number, Job>();
  readonly #waiting = new Set<() => void>();

  constructor(child: ChildPort<ToSynthesis, FromSynthesis>) {
    this.#child = child;
    child.onMessage((message) => this.#receive(message));
    child.onDown((reason) => this.#loseAll(reason));
  }

  /** The engine of the process that is up and ready; undefined while there is none. */
  get engine(): string | undefined {
    return this.#engine;
  }

  /** Resolves as soon as there is a process that is ready; rejects with the reason of `signal`. */
  ready(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (this.#engine === undefined) return;
        leave();
        resolve();
      };
      const onAbort = () => {
        leave();
        reject(signal.reason);
      };
      const leave = () => {
        this.#waiting.delete(look);
        signal.removeEventListener('abort', onAbort);
      };
      if (signal.aborted) return reject(signal.reason);
      this.#waiting.add(look);
      signal.addEventListener('abort', onAbort, { once: true });
      look();
    });
  }

  /**
   * Renders `phrase`, handing its frames to `onBlock`; resolves with the count of frames when it is whole. Waits
   * for a process while there is none. Rejects with SYNTHESIS_CRASHED when the process dies meanwhile, with the
   * fault that the process tells, with what `onBlock` throws, or with the reason of `signal`.
   */
  async render(phrase: Phrase, onBlock: BlockListener, signal: AbortSignal): Promise<number> {
    await this.ready(signal);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    const giveUp = (reason: unknown) => {
      this.#jobs.delete(id);
      this.#send({ type: 'cancel', id });
      reject(reason);
    };
    const onAbort = () => giveUp(signal.reason);
    this.#jobs.set(id, { phraseIndex: phrase.index, onBlock, done: resolve, fail: reject, giveUp });
    signal.addEventListener('abort', onAbort, { once: true });
    this.#send({ type: 'render', id, phrase });
    try {
      return await promise;
    } finally {
      this.#jobs.delete(id);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Ends the process that is up, if any, because it hangs. Its supervisor starts the next. */
  kill(): void {
    this.#engine = undefined;
    this.#child.kill();
  }

  /** A process may say anything, for it may have gone mad: what cannot be understood is its end, not ours. */
  #receive(message: FromSynthesis): void {
    try {
      this.#understand(message);
    } catch (error) {
      const reason = `the process said what nobody understands: ${classify(error).message}`;
      for (const { phraseIndex, fail } of this.#jobs.values()) {
        fail(auralisFaults.SYNTHESIS_FAILED({ phraseIndex, reason }, { cause: error }));
      }
      this.kill();
    }
  }

  #understand(message: FromSynthesis): void {
    if (message.type === 'ready') {
      this.#engine = message.engine;
      for (const wake of [...this.#waiting]) wake();
      return;
    }
    if (message.type === 'unusable') return; // for who chooses engines
    const job = this.#jobs.get(message.id);
    if (message.type === 'block') this.#receiveBlock(job, message);
    else if (message.type === 'done') job?.done(message.frames);
    else if (message.type === 'failed') job?.fail(faultFromJson(message.fault, auralisFaults));
    else throw new TypeError(`an unknown message: ${shown(message, 200)}`);
  }

  #receiveBlock(job: Job | undefined, block: FromSynthesis & { type: 'block' }): void {
    try {
      job?.onBlock(block.offset, block.left, block.right);
    } catch (error) {
      job?.giveUp(error);
    }
  }

  #loseAll(reason: ExitReason): void {
    this.#engine = undefined;
    const exit = reason.kind === 'failed' ? reason.fault.message : 'it finished';
    for (const { phraseIndex, fail } of this.#jobs.values()) {
      fail(auralisFaults.SYNTHESIS_CRASHED({ phraseIndex, exit }));
    }
  }

  /** What cannot be sent needs no handling here: the process is gone, and `#loseAll` tells those who wait. */
  #send(message: ToSynthesis): void {
    this.#child.send(message).catch(() => undefined);
  }
}

interface Job {
  readonly phraseIndex: number;
  readonly onBlock: BlockListener;
  readonly done: (frames: number) => void;
  readonly fail: (reason: unknown) => void;
  readonly giveUp: (reason: unknown) => void;
}
