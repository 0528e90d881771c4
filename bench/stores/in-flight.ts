import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import type { Command, Commands } from './our-commands.ts';

/** Commands that are under way at once, each with a key of its own. */
export const IN_FLIGHT = 64;

/**
 * Microseconds a command beside the raw client that says the same to the same server: with 64 in flight, and, as
 * `…-alone`, one after the other.
 */
export async function besideRawClient(
  kind: keyof Commands,
  rival: string,
  ours: Commands,
  theirs: Commands,
): Promise<BenchFigure[]> {
  for (let at = 0; at < IN_FLIGHT; at++) await Promise.all([ours.set(at), theirs.set(at)]);
  const together = await inTurns({ ours: many(ours[kind]), theirs: many(theirs[kind]) }, TURNS);
  const alone = await inTurns({ ours: () => ours[kind](0), theirs: () => theirs[kind](0) }, TURNS);
  return [
    { value: together.ours / IN_FLIGHT / 1000, rival, rivalValue: together.theirs / IN_FLIGHT / 1000 },
    { value: alone.ours / 1000, rival: `${rival}-alone`, rivalValue: alone.theirs / 1000 },
  ];
}

/** Servers and disks have moods of tenths of a second: long turns, and many. */
const TURNS = { rounds: 31, turnMs: 40 };

function many(command: Command): () => Promise<unknown> {
  const places = Array.from({ length: IN_FLIGHT }, (_, at) => at);
  return () => Promise.all(places.map(command));
}
