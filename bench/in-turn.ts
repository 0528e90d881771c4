/** Does something `count` times, one after the other, and answers when it is done. */
export type Contender = (count: number) => Promise<void>;

export interface InTurnOptions {
  /** How often each has its turn. Default 15. */
  readonly rounds?: number;
  /** How long a turn is to last. Default 40. */
  readonly turnMs?: number;
}

/**
 * What one time costs each of the contenders, in nanoseconds: the median over rounds in which all have their turn,
 * in an order that changes, so that a machine that is slow for a while is slow for all of them.
 */
export async function measureInTurn<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds = 15, turnMs = 40 }: InTurnOptions = {},
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(contenders) as Name[];
  const counts = new Map<Name, number>();
  for (const name of names) counts.set(name, await countFor(contenders[name], turnMs));
  const costs = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as Name;
      const count = counts.get(name) as number;
      costs.get(name)?.push(((await timed(contenders[name], count)) * 1e6) / count);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(costs.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}

/** Grows the count until a turn lasts long enough; that also warms the code up. */
async function countFor(contender: Contender, turnMs: number): Promise<number> {
  let count = 8;
  for (;;) {
    const ms = await timed(contender, count);
    if (ms >= turnMs) return Math.max(1, Math.round((count * turnMs) / ms));
    count = ms < turnMs / 8 ? count * 4 : count * 2;
  }
}

async function timed(contender: Contender, count: number): Promise<number> {
  const startMs = performance.now();
  await contender(count);
  return performance.now() - startMs;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
