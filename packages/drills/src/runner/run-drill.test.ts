import { type Fault, SimulatedClock, seededRandom } from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Drill, DrillDeclaration, DrillResult } from '../drill/index.ts';
import { drillFaults } from '../drill-faults.ts';
import { startInjection } from '../injection/index.ts';
import { runDrill } from './run-drill.ts';
import { ovenDrill, Shop, shopFaults } from './shop.fixture.ts';

const clock = () => new SimulatedClock();

function run(shop: Shop, drill: Drill, signal = new AbortController().signal): Promise<DrillResult> {
  const random = seededRandom(1);
  const running = runDrill({ system: 'shop', drill, clock: shop.clock, random, replay: 'again', signal });
  return shop.clock.run(running);
}

describe('a drill', () => {
  let stopCarrying: () => void;
  beforeEach(() => {
    stopCarrying = useAsyncOperations();
  });
  afterEach(() => stopCarrying());

  it('measures injection to signal, signal to useful output, end of the cause to full function', async () => {
    const shop = new Shop(clock());
    const result = await run(shop, ovenDrill(shop));
    expect(result).toMatchObject({
      system: 'shop',
      fault: 'OVEN_OUT',
      drill: 'wind',
      ok: true,
      recovered: true,
      fallback: true,
      detectMs: 20,
      unhandled: 0,
      contextLost: 0,
      detail: 'cake is sold until it is lit again',
    });
    // A use takes 10 ms, and the one under way when it was detected does not count.
    expect(result.recoveryMs).toBeGreaterThanOrEqual(10);
    expect(result.recoveryMs).toBeLessThanOrEqual(30);
    expect(result.restoreMs).toBeGreaterThanOrEqual(10);
    expect(shop.closed).toBe(1);
    const told = result.timeline.map(({ what }) => what).filter((what) => what !== 'used');
    expect(told).toEqual(['injected', 'signal', 'detected', 'recovered', 'cause-gone', 'restored']);
  });

  it('counts what is prepared for breaking only from where the drill says that it begins', async () => {
    const shop = new Shop(clock());
    const { inject, ...rest } = ovenDrill(shop);
    const slowly: Drill = {
      ...rest,
      async inject(subject, scene) {
        await shop.clock.sleep(700);
        scene.begin();
        await inject(subject, scene);
      },
    };
    expect(await run(shop, slowly)).toMatchObject({ ok: true, detectMs: 20 });
  });

  it('waits for a person, and plays it, when a fault does not go by itself', async () => {
    const shop = new Shop(clock());
    const drill = ovenDrill(shop, {
      fault: shopFaults.DOOR_STUCK,
      inject(subject, scene) {
        subject.isDoorStuck = true;
        const undo = () => {
          subject.isDoorStuck = false;
        };
        scene.inject(startInjection({ what: 'door', undo, clock: shop.clock }));
      },
    });
    const result = await run(shop, drill);
    expect(result).toMatchObject({ ok: true, recovered: false, recoveryMs: null, fallback: false });
    expect(result.restoreMs).toBeGreaterThan(0);
  });

  it('lets a cause last as long as it says', async () => {
    const shop = new Shop(clock());
    shop.hasCake = false;
    const drill = ovenDrill(shop, {
      lastsMs: 200,
      limits: { recoveryMs: 400 },
      whileBroken: () => undefined,
    });
    const result = await run(shop, drill);
    // An error that is no fault is what nobody has classified.
    expect(result).toMatchObject({ ok: false, recovered: true, fallback: false, unhandled: 1 });
    expect(result.recoveryMs).toBeGreaterThan(200);
    expect(result.detail).toMatch(/nobody classified.*no bread/);
  });

  it.each<[string, Partial<DrillDeclaration<Shop>>, (shop: Shop) => unknown, RegExp]>([
    ['is not seen', {}, (shop) => (shop.tellsFaults = false), /OVEN_OUT was not seen within 1000 ms/],
    [
      'does not recover',
      {},
      (shop) => (shop.hasCake = false),
      /nothing useful came within 1000 ms of OVEN_OUT; the last use: TypeError: no bread/,
    ],
    [
      'is not restored',
      { inject: (shop) => shop.blowOut() },
      () => undefined,
      /full function was not back within 5000 ms/,
    ],
    ['was not useful before', {}, (shop) => (shop.isOut = true), /not useful before it was broken/],
    [
      'breaks what was to hold meanwhile',
      { whileBroken: () => Promise.reject(new Error('bread burnt')) },
      () => undefined,
      /while it was broken: Error: bread burnt/,
    ],
    [
      'breaks what was to hold afterwards',
      {
        afterwards() {
          throw new Error('smoke');
        },
      },
      () => undefined,
      /afterwards: Error: smoke/,
    ],
    [
      'cannot be broken',
      { inject: () => Promise.reject(new Error('no matches')) },
      () => undefined,
      /it could not be broken: Error: no matches/,
    ],
    [
      'does not start',
      { subject: () => Promise.reject(new Error('rent not paid')) },
      () => undefined,
      /rent not paid/,
    ],
    ['was seen too late', { limits: { detectMs: 15 } }, () => undefined, /was not seen within 15 ms/],
  ])('fails when it %s', async (_what, changes, prepare, detail) => {
    const shop = new Shop(clock());
    prepare(shop);
    const result = await run(shop, ovenDrill(shop, changes));
    expect(result).toMatchObject({ ok: false });
    expect(result.detail).toMatch(detail);
    expect(shop.clock.waitingTimers).toBe(0);
  });

  it('fails when what it broke reached its hard end first', async () => {
    const shop = new Shop(clock());
    const { sabotage, ...drill } = ovenDrill(shop, {
      lastsMs: 500,
      inject(subject, scene) {
        subject.blowOut();
        scene.inject(startInjection({ what: 'wind', undo: () => undefined, maxMs: 100, clock: shop.clock }));
      },
    });
    const result = await run(shop, { ...drill, sabotage });
    expect(result.detail).toMatch(/wind reached its hard end/);
  });

  it('fails when it could not be mended, and says so once', async () => {
    const shop = new Shop(clock());
    const drill = ovenDrill(shop, {
      inject(subject, scene) {
        subject.blowOut();
        const undo = () => Promise.reject(new Error('no matches'));
        scene.inject(startInjection({ what: 'wind', undo, clock: shop.clock }));
      },
    });
    const result = await run(shop, drill);
    expect(result.ok).toBe(false);
    expect(result.detail.match(/could not be mended \(wind\)/g)).toHaveLength(1);
  });

  it('counts what nobody handled, instead of dying of it', async () => {
    const shop = new Shop(clock());
    const drill = ovenDrill(shop, {
      whileBroken: () => void Promise.reject(new Error('forgotten')),
    });
    const result = await run(shop, drill);
    expect(result.unhandled).toBeGreaterThan(0);
    expect(result.ok).toBe(false);
    expect(result.detail).toMatch(/a rejection that nobody handled: Error: forgotten/);
  });

  it('counts an error of a listener on the subject’s signals as unhandled', async () => {
    const shop = new Shop(clock());
    shop.signals.onAny(() => {
      throw new Error('broken dashboard');
    });
    expect(await run(shop, ovenDrill(shop))).toMatchObject({ ok: false, unhandled: 1 });
  });

  it('counts a fault that a user gets without its operation', async () => {
    const shop = new Shop(clock());
    const madeElsewhere = shopFaults.OVEN_OUT({ oven: 1 });
    const drill = ovenDrill(shop, {
      async inject(_subject, scene) {
        await scene.attempt(() => Promise.reject(madeElsewhere));
      },
    });
    const result = await run(shop, drill);
    expect(result).toMatchObject({ ok: false, contextLost: 1 });
    expect(result.detail).toMatch(/lost the operation in which it happened/);
  });

  it('refuses a subject that does not say that it may be broken, and breaks nothing', async () => {
    const shop = new Shop(clock());
    Object.defineProperty(shop, 'drillable', { value: undefined });
    const error = await run(shop, ovenDrill(shop)).catch((thrown: unknown) => thrown);
    expect(drillFaults.NOT_DRILLABLE.matches(error)).toBe(true);
    expect((error as Fault).message).toContain('drillable: true');
    expect(shop.isOut).toBe(false);
  });

  it('gives up a use that does not obey its signal', async () => {
    const shop = new Shop(clock());
    let uses = 0;
    const use = shop.use.bind(shop);
    shop.use = (signal) => (++uses > 2 ? new Promise(() => undefined) : use(signal));
    const result = await run(shop, ovenDrill(shop));
    expect(result.detail).toMatch(/a use did not obey its signal/);
  });
});
