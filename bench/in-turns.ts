/** What is measured beside each other: calls that are awaited one after the other. */
export type Contenders<Name extends string> = Readonly<Record<Name, () => Promise<unknown>>>;

export interface InTurnsOptions {
  /** How often each contender has its turn. Default 41. */
  readonly rounds?: number;
  /** How long a turn lasts: long enough to clean up its own garbage, short enough to be interrupted rarely. Default 8. */
  readonly turnMs?: number;
  /** How long each runs before: until V8 has compiled all of what is long. Default: only until turns have their length. */
  readonly warmUpMs?: number;
}

/**
 * Nanoseconds a call, of each contender: the median of its turns. Turns alternate within one process, in an order
 * that changes, so that what slows the machine down slows all contenders down.
 */
export async function inTurns<Name extends string>(
  contenders: Contenders<Name>,
  { rounds = 41, turnMs = 8, warmUpMs = 0 }: InTurnsOptions = {},
): Promise<Record<Name, number>> {
  const names = Object.keys(contenders) as Name[];
  for (const name of names) await runFor(contenders[name], warmUpMs);
  const calls = new Map<Name, number>();
  for (const name of names) calls.set(name, await callsFor(contenders[name], turnMs));
  const turns = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(round + turn) % names.length] as Name;
      turns.get(name)?.push(await nsPerCall(contenders[name], calls.get(name) as number));
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(turns.get(name) as number[])])) as Record<
    Name,
    number
  >;
}

async function runFor(call: () => Promise<unknown>, ms: number): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) await call();
}

/**
 * Grows the number of calls until they take long enough, which also warms the code up. The best of three counts: one
 * interruption must not make all turns so short that they measure their own beginning.
 */
async function callsFor(call: () => Promise<unknown>, turnMs: number): Promise<number> {
  for (let calls = 4; ; calls *= 2) {
    const ns: number[] = [];
    for (let i = 0; i < 3; i++) ns.push(await nsPerCall(call, calls));
    const ms = (Math.min(...ns) * calls) / 1e6;
    if (ms >= turnMs * 2) return Math.max(1, Math.round((calls * turnMs) / ms));
  }
}

async function nsPerCall(call: () => Promise<unknown>, calls: number): Promise<number> {
  const start = process.hrtime.bigint();
  for (let i = 0; i < calls; i++) await call();
  return Number(process.hrtime.bigint() - start) / calls;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] as number;
}
