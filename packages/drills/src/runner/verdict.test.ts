import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { useAsyncOperations } from '@sustain/kernel/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Drill, DrillResult, DrillSubject, Scene } from '../drill/index.ts';
import { startInjection } from '../injection/index.ts';
import { AnsweredProblem } from './faults-in.ts';
import { runDrill } from './run-drill.ts';
import { ovenDrill, Shop, shopFaults } from './shop.fixture.ts';

function run(shop: Shop, drill: Drill): Promise<DrillResult> {
  const { clock } = shop;
  const signal = new AbortController().signal;
  const random = seededRandom(1);
  return clock.run(runDrill({ system: 'shop', drill, clock, random, replay: 'again', signal }));
}

function blow(shop: Shop, scene: Scene, undo: () => void = () => undefined): void {
  shop.blowOut();
  const light = () => {
    undo();
    shop.isOut = false;
  };
  scene.inject(startInjection({ what: 'wind', undo: light, clock: shop.clock }));
}

describe('the verdict of a drill', () => {
  let shop: Shop;
  let stopCarrying: () => void;
  beforeEach(() => {
    shop = new Shop(new SimulatedClock());
    stopCarrying = useAsyncOperations();
  });
  afterEach(() => stopCarrying());

  it('measures the first useful output, however long breaking takes', async () => {
    const drill = ovenDrill(shop, {
      async inject(subject, scene) {
        blow(subject, scene);
        await shop.clock.sleep(3000);
      },
    });
    const result = await run(shop, drill);
    expect(result.ok).toBe(true);
    expect(result.recoveryMs).toBeLessThan(50);
  });

  it('is that it failed when useful output came too late, although breaking took longer', async () => {
    shop.hasCake = false;
    const drill = ovenDrill(shop, {
      limits: { recoveryMs: 100 },
      async inject(subject, scene) {
        blow(subject, scene);
        await shop.clock.sleep(1000);
        subject.hasCake = true;
        await shop.clock.sleep(1000);
      },
    });
    expect((await run(shop, drill)).detail).toMatch(/first useful output came after 9\d\d ms, not 100/);
  });

  it('is that it failed when full function came too late, although a use took longer', async () => {
    const drill = ovenDrill(shop, {
      limits: { restoreMs: 5 },
      inject: (subject, scene) => blow(subject, scene),
    });
    expect((await run(shop, drill)).detail).toMatch(/full function was not back within 5 ms/);
  });

  it('does not count a fault that was seen before it was broken, in preparation or ever', async () => {
    const prepared = ovenDrill(shop, {
      async inject(subject, scene) {
        subject.blowOut();
        await shop.clock.sleep(100);
        subject.isOut = false;
        scene.begin();
      },
    });
    expect((await run(shop, prepared)).detail).toMatch(/OVEN_OUT was not seen/);

    const use = shop.use.bind(shop);
    shop.use = async (signal) => {
      shop.blowOut();
      shop.isOut = false;
      await shop.clock.sleep(20, { signal });
      return use(signal);
    };
    const result = await run(shop, ovenDrill(shop, { limits: { startMs: 500 } }));
    expect(result).toMatchObject({ ok: false, timeline: [], detectMs: null });
    expect(result.detail).toMatch(/OVEN_OUT was seen again and again before it was broken/);
  });

  it('looks at what holds while it is broken at least once, and never while it is mended', async () => {
    const log: string[] = [];
    const whileBroken = async () => {
      log.push('looks');
      await shop.clock.sleep(7);
      log.push('has looked');
    };
    const mended = () => void log.push('mended');
    await run(
      shop,
      ovenDrill(shop, { whileBroken, inject: (subject, scene) => blow(subject, scene, mended) }),
    );
    expect(log.slice(-3)).toEqual(['looks', 'has looked', 'mended']);

    log.length = 0;
    const byPerson = ovenDrill(shop, {
      fault: shopFaults.DOOR_STUCK,
      whileBroken,
      inject(subject, scene) {
        subject.isDoorStuck = true;
        const undo = () => {
          mended();
          subject.isDoorStuck = false;
        };
        scene.inject(startInjection({ what: 'door', undo, clock: shop.clock }));
      },
    });
    expect(await run(shop, byPerson)).toMatchObject({ ok: true });
    expect(log).toEqual(['looks', 'has looked', 'mended']);
  });

  it('counts an answer of another process that does not tell its operation', async () => {
    const drill = ovenDrill(shop, {
      async inject(_subject, scene) {
        const problem = { type: 'urn:sustain:fault:shop:OVEN_OUT', detail: 'out' };
        await scene.attempt(() => Promise.reject(AnsweredProblem.of(problem)));
      },
    });
    expect(await run(shop, drill)).toMatchObject({ ok: false, contextLost: 1 });
  });

  it('counts a rejection that nobody handled while it was closed', async () => {
    const leaving: DrillSubject['close'] = () => void Promise.reject(new Error('forgotten'));
    Object.assign(shop, { close: leaving });
    expect(await run(shop, ovenDrill(shop))).toMatchObject({ ok: false, unhandled: 1 });
  });

  it('tells only what came after the injection', async () => {
    const { timeline } = await run(
      shop,
      ovenDrill(shop, { inject: (subject, scene) => blow(subject, scene) }),
    );
    expect(timeline[0]).toEqual({ atMs: 0, what: 'injected', text: '' });
    expect(timeline.every(({ atMs }) => atMs >= 0)).toBe(true);
  });

  it('comes although what was broken cannot be mended in any time', async () => {
    const drill = ovenDrill(shop, {
      inject(subject, scene) {
        subject.blowOut();
        const undo = () => new Promise<void>(() => undefined);
        scene.inject(startInjection({ what: 'wind', undo, clock: shop.clock }));
      },
    });
    expect((await run(shop, drill)).detail).toMatch(/it was not mended within 30000 ms/);
  });
});
