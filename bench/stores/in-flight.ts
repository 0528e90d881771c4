import type { BenchFigure } from '../bench-case.ts';
import { inTurns } from '../in-turns.ts';
import type { Command, Commands } from './our-commands.ts';

/** Commands that are under way at once, each with a key of its own. */
export const IN_FLIGHT = 64;
/** Which a client sends one after the other, so that a turn is measured by its middle and not by its end. */
export const IN_A_ROW = 16;

/**
 * Microseconds a command beside the raw client that says the same to the same server: of 64 clients, each of which
 * sends its next command when the one before is answered, and, as `…-alone`, of one client.
 */
export async function besideRawClient<Kind extends keyof Commands>(
  kind: Kind,
  rival: string,
  ours: Commands,
  theirs: Pick<Commands, 'set' | Kind>,
): Promise<BenchFigure[]> {
  for (let at = 0; at < IN_FLIGHT; at++) await Promise.all([ours.set(at), theirs.set(at)]);
  const together = await inTurns({ ours: clients(ours[kind]), theirs: clients(theirs[kind]) }, TURNS);
  const alone = await inTurns({ ours: () => ours[kind](0), theirs: () => theirs[kind](0) }, TURNS);
  return [
    { value: usEach(together.ours), rival, rivalValue: usEach(together.theirs) },
    { value: alone.ours / 1000, rival: `${rival}-alone`, rivalValue: alone.theirs / 1000 },
  ];
}

/** Servers and disks have moods of tenths of a second: long turns, and many. */
export const TURNS = { rounds: 31, turnMs: 40 };

/** As many clients as commands may be in flight. */
export function clients(command: Command): () => Promise<unknown> {
  const places = Array.from({ length: IN_FLIGHT }, (_, at) => at);
  const client = async (at: number) => {
    for (let sent = 0; sent < IN_A_ROW; sent++) await command(at);
  };
  return () => Promise.all(places.map(client));
}

/** Of all that clients have sent in so many nanoseconds. */
export function usEach(ns: number): number {
  return ns / (IN_FLIGHT * IN_A_ROW) / 1000;
}
