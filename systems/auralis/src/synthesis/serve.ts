import { classify, Fault } from '@sustain/kernel';
import { auralisFaults } from '../faults.ts';
import type { SynthesisEngine } from './engine.ts';
import type { FromSynthesis, ToSynthesis } from './messages.ts';

/** The synthesis process's end of the line to its parent. */
export interface ParentLine {
  /** Resolves when the message has left, so that a parent that does not read slows the rendering down. */
  send(message: FromSynthesis): Promise<void>;
  onMessage(listener: (message: ToSynthesis) => void): void;
}

/**
 * Renders what the parent asks for, one phrase after the other, and sends each block as soon as it is there. A
 * phrase that fails is told and does not end the service; a cancelled one stops at its next block.
 */
export function serveSynthesis(engine: SynthesisEngine, parent: ParentLine): Promise<void> {
  const cancelled = new Set<number>();
  let queue: Promise<void> = parent.send({ type: 'ready', engine: engine.name });

  parent.onMessage((message) => {
    if (message.type === 'cancel') cancelled.add(message.id);
    else queue = queue.then(() => render(message));
  });
  return queue;

  async function render({ id, phrase }: ToSynthesis & { type: 'render' }): Promise<void> {
    let offset = 0;
    try {
      for (const { left, right } of engine.render(phrase)) {
        await parent.send({ type: 'block', id, offset, left, right });
        offset += left.length;
        if (cancelled.has(id)) break;
      }
      await parent.send({ type: 'done', id, frames: offset });
    } catch (error) {
      const known = error instanceof Fault ? error : undefined;
      const reason = classify(error).message;
      const fault =
        known ?? auralisFaults.SYNTHESIS_FAILED({ phraseIndex: phrase.index, reason }, { cause: error });
      await parent.send({ type: 'failed', id, fault: fault.toJSON() });
    } finally {
      cancelled.delete(id);
    }
  }
}
