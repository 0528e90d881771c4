import { existsSync } from 'node:fs';
import { SimulatedClock, seededRandom } from '@sustain/kernel';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Drill } from '../drill/index.ts';
import { type Injection, startInjection } from '../injection/index.ts';
import { runDrill } from './run-drill.ts';
import { ovenDrill, Shop } from './shop.fixture.ts';

describe('a drill that is cancelled', () => {
  let shop: Shop;
  let cancel: AbortController;
  beforeEach(() => {
    shop = new Shop(new SimulatedClock());
    cancel = new AbortController();
  });

  function run(drill: Drill): Promise<unknown> {
    const { clock } = shop;
    const { signal } = cancel;
    const random = seededRandom(1);
    return clock.run(runDrill({ system: 'shop', drill, clock, random, replay: 'again', signal }));
  }
  const ctrlC = () => cancel.abort(new DOMException('Ctrl-C', 'AbortError'));
  const wind = (undo: () => void = () => undefined): Injection =>
    startInjection({ what: 'wind', undo, clock: shop.clock });

  it('mends, closes and removes its folder', async () => {
    const broken = Promise.withResolvers<{ injection: Injection; folder: string }>();
    const drill = ovenDrill(shop, {
      inject(_subject, scene) {
        broken.resolve({ folder: scene.folder(), injection: scene.inject(wind()) });
        ctrlC();
      },
    });
    await expect(run(drill)).rejects.toThrow('Ctrl-C');
    const { injection, folder } = await broken.promise;
    expect(injection.endedBy).toBe('end');
    expect(existsSync(folder)).toBe(false);
    expect(shop.closed).toBe(1);
    expect(shop.clock.waitingTimers).toBe(0);
  });

  it('closes a subject that is still being started', async () => {
    const drill = ovenDrill(shop, {
      async subject() {
        shop.clock.schedule(5, ctrlC);
        await shop.clock.sleep(100);
        return shop;
      },
    });
    await expect(run(drill)).rejects.toThrow('Ctrl-C');
    expect(shop.closed).toBe(1);
  });

  it('mends what is still being broken', async () => {
    const injections: Injection[] = [];
    const drill = ovenDrill(shop, {
      async inject(_subject, scene) {
        shop.clock.schedule(5, ctrlC);
        await shop.clock.sleep(100);
        injections.push(scene.inject(wind()));
      },
    });
    await expect(run(drill)).rejects.toThrow('Ctrl-C');
    expect(injections.map(({ endedBy }) => endedBy)).toEqual(['end']);
    expect(shop.clock.waitingTimers).toBe(0);
  });

  it('tells what could not be mended', async () => {
    const drill = ovenDrill(shop, {
      inject(_subject, scene) {
        const undo = () => {
          throw new Error('no matches');
        };
        scene.inject(wind(undo));
        ctrlC();
      },
    });
    await expect(run(drill)).rejects.toThrow(/could not be mended \(wind\)/);
  });

  it('ends what comes after it was given up', async () => {
    const late = Promise.withResolvers<Injection>();
    const drill = ovenDrill(shop, {
      async inject(_subject, scene) {
        await shop.clock.sleep(40_000);
        const injection = wind();
        late.resolve(injection);
        scene.inject(injection);
      },
    });
    expect(await run(drill)).toMatchObject({ ok: false, detail: 'it could not be broken within 30000 ms' });
    await shop.clock.advance(20_000);
    expect((await late.promise).endedBy).toBe('end');
  });
});
