import { classify, Fault } from '@sustain/kernel';
import type { Phrase } from '../composition/index.ts';
import { auralisFaults } from '../faults.ts';
import type { AudioBlock, SynthesisEngine } from './engine.ts';
import type { FromSynthesis, ToSynthesis } from './messages.ts';

/** The synthesis process's end of the line to its parent. */
export interface ParentLine {
  /** Resolves when the message has left, so that a parent that does not read slows the rendering down. */
  send(message: FromSynthesis): Promise<void>;
  onMessage(listener: (message: ToSynthesis) => void): void;
  /** Resolves when the messages that have arrived by now have been heard. */
  listen(): Promise<void>;
}

/**
 * Renders what the parent asks for, one phrase after the other, and sends each block as soon as it is there. A
 * phrase that fails is told and does not end the service; a cancelled one stops at its next block. Rejects when the
 * parent cannot be reached.
 */
export async function serveSynthesis(engine: ServedEngine, parent: ParentLine): Promise<void> {
  /** The phrases asked for and not yet done with. */
  const wanted = new Set<number>();
  const failed = Promise.withResolvers<never>();
  let queue: Promise<void> = Promise.resolve();
  parent.onMessage((message) => {
    if (message.type === 'cancel') {
      wanted.delete(message.id);
      return;
    }
    wanted.add(message.id);
    queue = queue.then(() => render(message));
    queue.catch(failed.reject);
  });
  await parent.send({ type: 'ready', engine: engine.name });
  await failed.promise;

  async function render({ id, phrase }: ToSynthesis & { type: 'render' }): Promise<void> {
    let offset = 0;
    try {
      for await (const { left, right } of engine.render(phrase)) {
        if (!wanted.has(id)) return;
        await parent.send({ type: 'block', id, offset, left, right });
        offset += left.length;
        await parent.listen();
      }
    } catch (error) {
      const fault = faultOf(error, engine.name, phrase.index);
      await parent.send({ type: 'failed', id, fault: fault.toJSON() });
      return;
    } finally {
      wanted.delete(id);
    }
    await parent.send({ type: 'done', id, frames: offset });
  }
}

/** An engine here, or on a device that works beside the processor. */
export interface ServedEngine extends Pick<SynthesisEngine, 'name'> {
  render(phrase: Phrase): Iterable<AudioBlock> | AsyncIterable<AudioBlock>;
}

/** Of a device that has no memory left, or is gone, nothing more is to be had; all else may have been the phrase's fault. */
function faultOf(error: unknown, engine: string, phraseIndex: number): Fault {
  if (error instanceof Fault) return error;
  const reason = classify(error).message;
  const isLost = error instanceof Error && error.name === 'GpuError';
  return isLost
    ? auralisFaults.ENGINE_LOST({ phraseIndex, engine, reason }, { cause: error })
    : auralisFaults.SYNTHESIS_FAILED({ phraseIndex, reason }, { cause: error });
}
