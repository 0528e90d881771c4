import { validateAudio } from '@sustain/audio';
import type { Phrase } from '../composition/index.ts';
import { auralisFaults } from '../faults.ts';

/** A block is too short to judge its DC offset by (a bass note has a mean over half its period): any will do. */
const BLOCK_DC_LIMIT = Number.POSITIVE_INFINITY;

/** -80 dBFS: below it a phrase with a chord in it is silence, whatever the engine says. */
const SILENT_PEAK = 1e-4;

/** Before anybody hears it. Throws INVALID_AUDIO, as all of these do. */
export function checkBlock(phrase: Phrase, offset: number, left: Float32Array, right: Float32Array): void {
  const total = phrase.frames + phrase.tailFrames;
  if (offset + left.length > total) throw invalid(phrase, 'shape', `more than ${total} frames came`);
  const verdict = validateAudio([left, right], { expectedFrames: left.length, maxDcOffset: BLOCK_DC_LIMIT });
  if (!verdict.ok) throw invalid(phrase, verdict.reason, verdict.message);
}

export function checkLength(phrase: Phrase, frames: number): void {
  const expected = phrase.frames + phrase.tailFrames;
  if (frames !== expected) throw invalid(phrase, 'shape', `${frames} frames came, expected ${expected}`);
}

/** What only the whole phrase shows: an offset, and that there is something to hear. */
export function checkWhole(phrase: Phrase, audio: readonly Float32Array[]): void {
  const verdict = validateAudio(audio, { expectedFrames: phrase.frames + phrase.tailFrames });
  if (!verdict.ok) throw invalid(phrase, verdict.reason, verdict.message);
  if (verdict.peak < SILENT_PEAK && phrase.chords.length > 0) {
    throw invalid(
      phrase,
      'silent',
      `the peak of a phrase with ${phrase.chords.length} chords is ${verdict.peak}`,
    );
  }
}

function invalid({ index: phraseIndex }: Phrase, reason: string, detail: string): Error {
  return auralisFaults.INVALID_AUDIO({ phraseIndex, reason, detail });
}
