import type { Random } from '@sustain/kernel';
import { between, chance, pick, wholeBetween } from './chance.ts';

/** The shape of a melody: where its notes lie in time and how they move, whatever key and chord it meets. */
export interface Motif {
  readonly notes: readonly MotifNote[];
}

export interface MotifNote {
  /** In beats from the phrase's start. */
  readonly beat: number;
  /** In scale steps from where the melody starts. */
  readonly step: number;
  /** 0..1 */
  readonly accent: number;
}

/** A new motif of `count` notes within `beats`, on half beats. */
export function inventMotif(random: Random, count: number, beats: number): Motif {
  const slots = Array.from({ length: beats * 2 }, (_, slot) => slot);
  while (slots.length > count) slots.splice(weakSlot(random, slots), 1);
  let step = 0;
  const notes = slots.map((slot, i) => {
    // Mostly by step; a leap is answered by the way back.
    if (i > 0)
      step += pick(
        random,
        step > 2 ? [-1, -1, -2, 1] : step < -2 ? [1, 1, 2, -1] : [1, -1, 1, -1, 2, -2, 4, -3],
      );
    return { beat: slot / 2, step, accent: between(random, 0.55, 0.85) };
  });
  return { notes };
}

/** A motif heard again: as it was, moved, turned upside down, cut short, or late. */
export function varyMotif(random: Random, { notes }: Motif, beats: number): Motif {
  const fitting = notes.filter(({ beat }) => beat < beats);
  switch (wholeBetween(random, 0, 4)) {
    case 0:
      return { notes: fitting };
    case 1: {
      const up = pick(random, [-2, -1, 1, 2]);
      return { notes: fitting.map((note, i) => (i === 0 ? note : { ...note, step: note.step + up })) };
    }
    case 2:
      return { notes: fitting.map((note) => ({ ...note, step: -note.step })) };
    case 3:
      return { notes: fitting.slice(0, Math.max(1, Math.ceil(fitting.length / 2))) };
    default:
      return {
        notes: fitting
          .map((note) => ({ ...note, beat: note.beat + 0.5 }))
          .filter(({ beat }) => beat <= beats - 0.5),
      };
  }
}

/** A slot to leave out, sooner one between the beats. */
function weakSlot(random: Random, slots: readonly number[]): number {
  const index = wholeBetween(random, 0, slots.length - 1);
  const onBeat = (slots[index] ?? 0) % 2 === 0;
  return onBeat && chance(random, 0.5) ? wholeBetween(random, 0, slots.length - 1) : index;
}
