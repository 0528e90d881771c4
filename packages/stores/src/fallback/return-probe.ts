import type { Clock, Random } from '@sustain/kernel';

export interface ReturnProbeOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Between two probes, on average: each wait is a quarter shorter or longer at most. */
  readonly probeEveryMs: number;
  /** How many in a row must succeed. */
  readonly successes: number;
  /** Asks the primary. Rejects when it is away. */
  readonly probe: () => Promise<unknown>;
  /** How many have succeeded in a row. */
  readonly onProbed: (inRow: number) => void;
  readonly onReturned: () => void;
}

/** @internal Probes, one after the other, until enough in a row have succeeded. Answers the way to stop. */
export function probeReturn(options: ReturnProbeOptions): () => void {
  const { clock, random, probeEveryMs, successes, probe, onProbed, onReturned } = options;
  const controller = new AbortController();
  const { signal } = controller;
  async function run(): Promise<void> {
    for (let inRow = 0; inRow < successes; ) {
      await clock.sleep(probeEveryMs * (0.75 + random.next() / 2), { signal, keepAlive: false });
      const isThere = await probe().then(
        () => true,
        () => false,
      );
      if (signal.aborted) return;
      inRow = isThere ? inRow + 1 : 0;
      onProbed(inRow);
    }
    onReturned();
  }
  // Only its wait rejects, when it is stopped.
  run().catch(() => undefined);
  return () => controller.abort();
}
