import type { Buffers } from './batch-plan.ts';
import { phraseLayout } from './effects.wgsl.ts';
import type { Note } from './note.ts';
import { type Kind, kinds, type Patch } from './patch.ts';

/** What the shaders are told of one block: which notes sound, where their samples go, and whose they are. */
export class BlockTables {
  /** Of each kind: how many notes sound, a word unused, and for each its number among its kind and its slot. */
  readonly active: Readonly<Record<Kind, Uint32Array<ArrayBuffer>>>;
  /** Of each slot: gains to the left, to the right, into echo and reverb, and a word unused. */
  readonly gains: Float32Array<ArrayBuffer>;
  /** Records of `phraseLayout`. */
  readonly phrases: DataView<ArrayBuffer>;
  readonly #patches: readonly Patch[];
  readonly #notes: Readonly<Record<Kind, FlatNotes>>;

  constructor(patches: readonly Patch[], { active, gains, phrases }: Buffers) {
    const table = () => new Uint32Array(active / 4);
    this.active = { pads: table(), tones: table(), noises: table() };
    this.gains = new Float32Array(gains / 4);
    this.phrases = new DataView(new ArrayBuffer(phrases));
    this.#patches = patches;
    const flat = (kind: Kind) => flatten(patches.map((patch) => patch[kind]));
    this.#notes = { pads: flat('pads'), tones: flat('tones'), noises: flat('noises') };
  }

  /** Writes the tables of the block from `now` to `end` for the first `phrases` phrases. Answers the slots taken. */
  fill(now: number, end: number, phrases: number): number {
    for (const kind of kinds) this.active[kind][0] = 0;
    let slot = 0;
    for (let index = 0; index < phrases; index++) {
      const firstSlot = slot;
      const endOfPads = this.#sound('pads', index, now, end, slot);
      slot = this.#sound('tones', index, now, end, endOfPads);
      slot = this.#sound('noises', index, now, end, slot);
      const { frames, echoDelayFrames: echoDelay } = this.#patches[index] as Patch;
      phraseLayout.write(this.phrases, index, {
        end: frames,
        echoDelay,
        firstSlot,
        endOfPads,
        endOfSlots: slot,
      });
    }
    return slot;
  }

  /** Notes of a kind that sound in the block. */
  count(kind: Kind): number {
    return this.active[kind][0] as number;
  }

  /** Gives a slot to each note of a phrase that sounds, from `slot` on. Answers the first slot that is free. */
  #sound(kind: Kind, phrase: number, now: number, end: number, slot: number): number {
    const { starts, firstFrames, freeFrames, gains } = this.#notes[kind];
    const active = this.active[kind];
    let count = active[0] as number;
    let next = slot;
    const last = starts[phrase + 1] as number;
    for (let note = starts[phrase] as number; note < last; note++) {
      if ((firstFrames[note] as number) >= end || (freeFrames[note] as number) <= now) continue;
      count++;
      active[count * 2] = note;
      active[count * 2 + 1] = next;
      this.gains[next * 4] = gains[note * 3] as number;
      this.gains[next * 4 + 1] = gains[note * 3 + 1] as number;
      this.gains[next * 4 + 2] = gains[note * 3 + 2] as number;
      next++;
    }
    active[0] = count;
    return next;
  }
}

/** The notes of one kind, of all phrases, one after the other: a block looks at every one of them. */
interface FlatNotes {
  /** The number of each phrase's first note, and behind the last phrase the number of notes. */
  readonly starts: Uint32Array;
  readonly firstFrames: Float64Array;
  readonly freeFrames: Float64Array;
  /** Three a note. */
  readonly gains: Float32Array;
}

function flatten(phrases: readonly (readonly Note<unknown>[])[]): FlatNotes {
  const starts = new Uint32Array(phrases.length + 1);
  for (const [i, notes] of phrases.entries()) starts[i + 1] = (starts[i] as number) + notes.length;
  const notes = phrases.flat();
  return {
    starts,
    firstFrames: Float64Array.from(notes, ({ firstFrame }) => firstFrame),
    freeFrames: Float64Array.from(notes, ({ freeFrame }) => freeFrame),
    gains: Float32Array.from(notes.flatMap(({ left, right, send }) => [left, right, send])),
  };
}
