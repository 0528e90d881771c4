import type { BenchFigure } from '../bench-case.ts';
import { type Contenders, type InTurnsOptions, inTurns } from '../in-turns.ts';

/** The shortest work there is: what is measured is what the policies add. */
export const work = async () => 42;

/** What a call without policies costs: an async function that awaits the work, as its caller would. */
export const bareAwait = async () => await work();

export const broken = new Error('broken');
export const fails = async (): Promise<number> => {
  throw broken;
};
export const ignore = () => undefined;

/** `ours` beside each of the others. */
export async function beside(
  contenders: Contenders<string>,
  options?: InTurnsOptions,
): Promise<BenchFigure[]> {
  const { ours: value = Number.NaN, ...rivals } = await inTurns(contenders, options);
  return Object.entries<number>(rivals).map(([rival, rivalValue]) => ({ value, rival, rivalValue }));
}
