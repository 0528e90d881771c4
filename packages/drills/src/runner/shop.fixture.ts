import {
  defineFaults,
  defineSignal,
  type Fault,
  fault,
  Signals,
  type SimulatedClock,
  severity,
  type Timer,
} from '@sustain/kernel';
import { type DrillDeclaration, type DrillSubject, drill } from '../drill/index.ts';
import { startInjection } from '../injection/index.ts';

export const shopFaults = defineFaults('shop', {
  OVEN_OUT: fault<{ oven: number }>({
    category: 'oven',
    severity: severity.ERROR,
    recovery: 'relight',
    message: ({ oven }) => `oven ${oven} is out`,
  }),
  DOOR_STUCK: fault({
    category: 'door',
    severity: severity.ERROR,
    recovery: 'escalate',
    autoRecoverable: false,
    message: 'the door is stuck',
  }),
});

const ovenFailed = defineSignal<{ readonly fault: Fault }>('oven.failed');

/** A bakery: it sells bread, or cake while the oven is out, which it relights. */
export class Shop implements DrillSubject {
  readonly drillable = true;
  readonly signals: Signals;
  readonly clock: SimulatedClock;
  isOut = false;
  isDoorStuck = false;
  closed = 0;
  tellsFaults = true;
  hasCake = true;
  #notice: Timer | undefined;

  constructor(clock: SimulatedClock) {
    this.clock = clock;
    this.signals = new Signals({ clock });
  }

  async use(signal: AbortSignal): Promise<'full' | 'fallback'> {
    await this.clock.sleep(10, { signal });
    if (this.isDoorStuck) throw shopFaults.DOOR_STUCK({});
    if (!this.isOut) return 'full';
    if (!this.hasCake) throw new TypeError('no bread');
    return 'fallback';
  }

  /** Blows the oven out; it is noticed 20 ms later. */
  blowOut(): void {
    this.isOut = true;
    this.#notice = this.clock.schedule(20, () => {
      if (!this.tellsFaults) return;
      const fault = shopFaults.OVEN_OUT({ oven: 1 }, { operationId: 'op' });
      this.signals.channel(ovenFailed).emit({ fault }, { source: 'oven' });
    });
  }

  close(): void {
    this.#notice?.cancel();
    this.closed++;
  }
}

/** A drill that goes well: the wind blows until the injection ends. */
export function ovenDrill(shop: Shop, changes: Partial<DrillDeclaration<Shop>> = {}) {
  return drill<Shop>({
    name: 'wind',
    fault: shopFaults.OVEN_OUT,
    kind: 'code',
    breaks: 'the wind blows the oven out',
    recovers: 'cake is sold until it is lit again',
    notices: 'cake',
    subject: () => shop,
    inject(subject, scene) {
      subject.blowOut();
      const undo = () => {
        subject.isOut = false;
      };
      scene.inject(startInjection({ what: 'wind', undo, clock: shop.clock }));
    },
    sabotage: { file: new URL('./shop.fixture.ts', import.meta.url), replace: 'x', by: 'y' },
    ...changes,
  });
}
