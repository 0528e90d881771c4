import type { Scene } from '@sustain/drills';
import { type ListenedAuralis, listenedAuralis } from './listened-auralis.ts';
import { SteeredEngine } from './steered-engine.ts';

/** Auralis whose engine can be told to fail. */
export interface SteeredAuralis extends ListenedAuralis {
  readonly engine: SteeredEngine;
}

export async function steeredAuralis(scene: Scene): Promise<SteeredAuralis> {
  const engine = new SteeredEngine(scene);
  return { ...(await listenedAuralis(scene)), engine };
}
