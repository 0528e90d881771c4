/** What is measured beside each other: calls that are awaited one after the other. */
export type Contenders<Name extends string> = Readonly<Record<Name, () => Promise<unknown>>>;

export interface InTurnsOptions {
  /** How often each contender has its turn. Default 201. */
  readonly rounds?: number;
  /** Calls a turn. Few, so that a turn fits between two interruptions of a busy machine. Default 300. */
  readonly calls?: number;
  /** Calls of each contender before the first turn. Default 10,000. */
  readonly warmUp?: number;
}

/**
 * Nanoseconds a call, of each contender: the median of its turns. Turns alternate within one process, so that what
 * slows the machine down slows all contenders down.
 */
export async function inTurns<Name extends string>(
  contenders: Contenders<Name>,
  { rounds = 201, calls = 300, warmUp = 10_000 }: InTurnsOptions = {},
): Promise<Record<Name, number>> {
  const names = Object.keys(contenders) as Name[];
  const turns = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (const name of names) await nsPerCall(contenders[name], warmUp);
  for (let round = 0; round < rounds; round++) {
    for (const name of names) turns[name].push(await nsPerCall(contenders[name], calls));
  }
  return Object.fromEntries(names.map((name) => [name, median(turns[name])])) as Record<Name, number>;
}

async function nsPerCall(call: () => Promise<unknown>, calls: number): Promise<number> {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) await call();
  return Number(process.hrtime.bigint() - start) / calls;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
