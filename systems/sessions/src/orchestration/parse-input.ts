import { checkJson, requestRefused } from '../checks/index.ts';
import type { Orchestration } from './orchestration.ts';

/** @internal What the stages get. Rejects with SESSION_REQUEST_INVALID, which names the first field that is wrong. */
export async function parseInput(orchestration: Orchestration, given: unknown): Promise<unknown> {
  const { success, data, error } = await orchestration.input.safeParseAsync(given);
  if (success) return data;
  throw requestRefused(`start ${orchestration.name}`, 'input', error);
}

/** @internal A copy of an input, as it is kept. Throws SESSION_REQUEST_INVALID or SESSION_TOO_LARGE. */
export function keepInput(operation: string, given: unknown, maxInputBytes: number): unknown {
  return checkJson(operation, 'input', given === undefined ? null : given, maxInputBytes).value;
}
