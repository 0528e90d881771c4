import { defineFaults, type Fault, fault, severity } from '@sustain/kernel';

const faults = defineFaults('bench', {
  SYNTHESIS_FAILED: fault<{ readonly phraseId: number; readonly device: string }>({
    category: 'synthesis',
    severity: severity.ERROR,
    recovery: 'none',
    message: ({ phraseId }) => `phrase ${phraseId} could not be rendered`,
  }),
});

const FAULTS_A_ROUND = 400;
/** Of the event loop, in between which others send what they have gathered. */
const FAULTS_A_TURN = 10;
const WARM_UP_ROUNDS = 20;

/** Of one contender: how long it took, in microseconds, until each fault was seen. */
export class SeenTimes {
  readonly #us: number[] = [];

  async round(see: (fault: Fault, component: string) => unknown): Promise<void> {
    for (let at = 0; at < FAULTS_A_ROUND; at++) {
      // Made before: what it costs to throw is the same for all. More of one kind in 10 s would be a storm, which is not told.
      const fault = faults.SYNTHESIS_FAILED({ phraseId: at, device: 'cpu' });
      const component = `synthesis-${this.#us.length % 400}`;
      if (at % FAULTS_A_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
      const startMs = performance.now();
      await see(fault, component);
      this.#us.push((performance.now() - startMs) * 1000);
    }
  }

  quantile(share: number): number {
    const warm = this.#us.slice(WARM_UP_ROUNDS * FAULTS_A_ROUND).sort((a, b) => a - b);
    return warm[Math.floor(warm.length * share)] as number;
  }
}
