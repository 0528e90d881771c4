import type { FaultJson } from '@sustain/kernel';
import type { Phrase } from '../composition/index.ts';
import { type EngineName, engineNames } from './engine-name.ts';

/** What the synthesis process is told. */
export type ToSynthesis =
  /** Render this phrase; answers come under the same id. Phrases are rendered one after the other. */
  | { readonly type: 'render'; readonly id: number; readonly phrase: Phrase }
  /** The answers to this id are no longer wanted. */
  | { readonly type: 'cancel'; readonly id: number };

/** What the synthesis process says. */
export type FromSynthesis =
  /** The engine that was asked for cannot be had here; the next one comes in its place. */
  | { readonly type: 'unusable'; readonly engine: EngineName; readonly reason: string }
  /** The engine is there and waits for phrases. */
  | { readonly type: 'ready'; readonly engine: string }
  /** The next frames of the phrase, `offset` sample frames into it. */
  | {
      readonly type: 'block';
      readonly id: number;
      readonly offset: number;
      readonly left: Float32Array;
      readonly right: Float32Array;
    }
  /** The phrase is whole: `frames` sample frames with its tail. */
  | { readonly type: 'done'; readonly id: number; readonly frames: number }
  /** The phrase could not be rendered. */
  | { readonly type: 'failed'; readonly id: number; readonly fault: FaultJson };

/** Whether the process says that it is up. What it says may be anything, for it may have gone mad. */
export function saysReady(message: unknown): message is FromSynthesis & { readonly type: 'ready' } {
  return Object(message).type === 'ready';
}

/** Whether the process says that it could not have the engine that it was asked for. */
export function saysUnusable(message: unknown): message is FromSynthesis & { readonly type: 'unusable' } {
  const { type, engine } = Object(message) as { readonly type?: unknown; readonly engine?: unknown };
  return type === 'unusable' && (engineNames as readonly unknown[]).includes(engine);
}
