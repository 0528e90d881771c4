import type { ExitReason } from '@sustain/kernel';
import { kernelFaults } from '@sustain/kernel';
import type { ChildPort } from '@sustain/kernel/node';
import type { Phrase } from '../src/composition/index.ts';
import type { AudioBlock, FromSynthesis, SynthesisEngine, ToSynthesis } from '../src/synthesis/index.ts';
import { serveSynthesis } from '../src/synthesis/serve.ts';

/**
 * The synthesis service without the process: the same messages, served in this one, for what is logic. What is a
 * matter of processes is tested on processes.
 */
export class InMemorySynthesis implements ChildPort<ToSynthesis, FromSynthesis> {
  up = false;
  readonly pid = undefined;
  /** The phrases that were asked for, in order. */
  readonly asked: Phrase[] = [];
  kills = 0;
  readonly #message = new Set<(message: FromSynthesis) => void>();
  readonly #up = new Set<() => void>();
  readonly #down = new Set<(reason: ExitReason) => void>();
  #deliver: ((message: ToSynthesis) => void) | undefined;

  /** A process comes up that renders with `engine`. */
  start(engine: SynthesisEngine): void {
    this.up = true;
    const listeners = new Set<(message: ToSynthesis) => void>();
    const deliver = (message: ToSynthesis) => {
      for (const listener of listeners) listener(message);
    };
    this.#deliver = deliver;
    for (const listener of this.#up) listener();
    void serveSynthesis(engine, {
      send: async (message) => {
        if (this.#deliver !== deliver) return;
        for (const listener of this.#message) listener(structuredClone(message));
      },
      onMessage: (listener) => listeners.add(listener),
      listen: () => Promise.resolve(),
    });
  }

  /** The process dies. */
  die(): void {
    this.up = false;
    this.#deliver = undefined;
    const fault = kernelFaults.UNEXPECTED({ error: 'killed by SIGKILL', errorName: 'Exit' });
    for (const listener of this.#down) listener({ kind: 'failed', fault });
  }

  /** The process says something. */
  say(message: FromSynthesis): void {
    for (const listener of this.#message) listener(message);
  }

  async send(message: ToSynthesis): Promise<void> {
    if (message.type === 'render') this.asked.push(message.phrase);
    this.#deliver?.(structuredClone(message));
  }

  onMessage(listener: (message: FromSynthesis) => void): () => void {
    this.#message.add(listener);
    return () => this.#message.delete(listener);
  }

  onUp(listener: () => void): () => void {
    this.#up.add(listener);
    return () => this.#up.delete(listener);
  }

  onDown(listener: (reason: ExitReason) => void): () => void {
    this.#down.add(listener);
    return () => this.#down.delete(listener);
  }

  kill(): void {
    this.kills++;
    if (this.up) this.die();
  }
}

/** An engine that does with each phrase what `render` does. */
export function scriptedEngine(render: (phrase: Phrase) => Iterable<AudioBlock>): SynthesisEngine {
  return { name: 'scripted', sampleRateHz: 44_100, render };
}

/** Blocks of the highest tone there is, `value` up and down, `frames` of them: by default as many as there should be. */
export function* tone(
  phrase: Phrase,
  value: number,
  total = phrase.frames + phrase.tailFrames,
): Generator<AudioBlock> {
  for (let offset = 0; offset < total; offset += 4096) {
    const frames = Math.min(4096, total - offset);
    const left = new Float32Array(frames).map((_, i) => (i % 2 === 0 ? value : -value));
    yield { left, right: left };
  }
}
