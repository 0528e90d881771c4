import type { Random } from '@sustain/kernel';

/** The seed of the music that Auralis plays with this chance: for rendering the same music elsewhere. */
export function musicSeed(random: Random): number {
  return Math.floor(random.fork('auralis.music').next() * 2 ** 32);
}
