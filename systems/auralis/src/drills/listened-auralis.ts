import type { DrillSubject, Scene } from '@sustain/drills';
import type { RenderOutcome } from '../recovery.ts';
import { phraseRendered } from '../signals.ts';
import { Ear } from './ear.ts';
import { HastyClock } from './hasty-clock.ts';
import { type RunAuralisOptions, type RunningAuralis, runAuralis } from './running-auralis.ts';

/** Auralis, whole and real, and one who listens all along. */
export interface ListenedAuralis extends DrillSubject {
  readonly auralis: RunningAuralis;
  readonly ear: Ear;
  readonly clock: HastyClock;
  /** How the phrases ended, in their order. */
  readonly outcomes: readonly RenderOutcome[];
}

/**
 * Starts one. A use hears 200 ms of sound and asks for the health of the synthesis, as a monitor would. It is full when
 * the sound is what was composed and the synthesis is well; a fallback when something sounds, be it what was held ahead.
 */
export async function listenedAuralis(
  scene: Scene,
  options: Omit<RunAuralisOptions, 'clock'> = {},
): Promise<ListenedAuralis> {
  const clock = new HastyClock();
  const auralis = await runAuralis(`music ${scene.random.next()}`, { ...options, clock });
  scene.defer(() => auralis.stop());
  // What is broken shall be a phrase, and not the loop, which nobody hears yet.
  await auralis.loopIsReady;
  const outcomes: RenderOutcome[] = [];
  auralis.signals.on(phraseRendered, ({ data }) => {
    outcomes.push(data.outcome);
  });
  const ear = await Ear.connect(auralis.url);
  return {
    drillable: true,
    signals: auralis.signals,
    auralis,
    ear,
    clock,
    outcomes,
    async use(signal) {
      const heard = await ear.hear(signal);
      const status = await synthesisStatus(auralis.url, signal);
      return heard === 'intact' && status === 'pass' ? 'full' : 'fallback';
    },
    async close() {
      ear.stop();
      await auralis.stop();
    },
  };
}

async function synthesisStatus(url: string, signal: AbortSignal): Promise<string | undefined> {
  const answer = await fetch(`${url}/health`, { signal });
  const { checks } = (await answer.json()) as {
    readonly checks: Readonly<Record<string, readonly { readonly status: string }[]>>;
  };
  return checks['auralis:synthesis_functional']?.[0]?.status;
}
