import type { Program } from './program.ts';
import { parseReplay } from './replay-line.ts';
import { simulate } from './simulate.ts';
import type { SimulationOptions, SimulationResult } from './simulation-result.ts';

/** Does the run of a result's `replay` again. Rejects with UNUSABLE_PLAN. */
export async function replayOf(
  program: Program,
  line: string,
  options: Omit<SimulationOptions, 'plan' | 'calm'> = {},
): Promise<SimulationResult> {
  const { seed, ...how } = parseReplay(line);
  return simulate(seed, program, { ...options, ...how });
}

/** The command that replays `line`, when `file` hands its program to `simulationMain`. For a shell. */
export function replayCommand(file: string, line: string): string {
  return `node ${quoted(file)} --replay ${quoted(line)}`;
}

function quoted(text: string): string {
  return /^[\w./@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
