import type { Random } from '@sustain/kernel';
import { between, chance } from './chance.ts';
import type { Metre } from './metre.ts';
import { type PercussionEvent, type PercussionKind, SAMPLE_RATE_HZ } from './phrase.ts';

/** What percussion is given for one phrase. */
export interface PercussionContext {
  readonly metre: Metre;
  /** Beats played before this phrase, so that patterns run on through phrases of half a bar. */
  readonly beatsBefore: number;
  readonly intensity: number;
  /** The last phrase of a cycle is left almost empty. */
  readonly breathing: boolean;
  readonly random: Random;
}

/** Gentle percussion: nothing below a tenth of the intensity, then one layer after the other. */
export function beatTime({
  metre,
  beatsBefore,
  intensity,
  breathing,
  random,
}: PercussionContext): PercussionEvent[] {
  const events: PercussionEvent[] = [];
  const slotFrames = metre.frames / (metre.beats * 4);
  for (let slot = 0; slot < metre.beats * 4; slot++) {
    const slotInBar = (beatsBefore * 4 + slot) % (metre.barBeats * 4);
    for (const layer of LAYERS) {
      if (intensity < layer.from || (breathing && layer.kind !== 'pulse')) continue;
      const accent = layer.accents(slotInBar, metre.barBeats);
      const presence = 0.55 + 0.45 * ((intensity - layer.from) / (1 - layer.from));
      if (accent === 0 || !chance(random, layer.certainty * presence)) continue;
      const lateFrames = between(random, 0, HUMAN_S * SAMPLE_RATE_HZ);
      const velocity = accent * between(random, 0.75, 1) * (0.6 + 0.4 * presence);
      events.push({ startFrame: Math.round(slot * slotFrames + lateFrames), kind: layer.kind, velocity });
    }
  }
  return events;
}

/** Players are up to this late. */
const HUMAN_S = 0.012;

interface Layer {
  readonly kind: PercussionKind;
  /** The intensity from which it is heard. */
  readonly from: number;
  /** How likely each of its beats is played, once it is heard fully. */
  readonly certainty: number;
  /** How strong it is on each quarter of a beat of the bar; 0 where it is silent. */
  readonly accents: (slot: number, barBeats: number) => number;
}

const LAYERS: readonly Layer[] = [
  { kind: 'pulse', from: 0.1, certainty: 1, accents: (slot) => (slot === 0 ? 0.9 : slot === 10 ? 0.35 : 0) },
  {
    kind: 'shaker',
    from: 0.3,
    certainty: 0.95,
    accents: (slot) => (slot % 4 === 2 ? 0.7 : slot % 2 === 1 ? 0.18 : 0),
  },
  {
    kind: 'brush',
    from: 0.45,
    certainty: 0.85,
    accents: (slot, beats) => (slot === (beats - 2) * 4 ? 0.7 : slot === 14 ? 0.3 : 0),
  },
  {
    kind: 'wood',
    from: 0.6,
    certainty: 0.55,
    accents: (slot, beats) => (beats * 4 > slot && slot % 3 === 0 && slot > 0 ? 0.6 : 0),
  },
];
