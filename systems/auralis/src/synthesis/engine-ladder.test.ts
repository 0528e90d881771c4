import { Signals, SimulatedClock } from '@sustain/kernel';
import { describe, expect, it } from 'vitest';
import { EngineLadder } from './engine-ladder.ts';
import type { EngineName } from './engine-name.ts';

function setUp(best: EngineName = 'gpu') {
  const clock = new SimulatedClock();
  const works = { gpu: true, cpu: true, simple: true };
  const probed: EngineName[] = [];
  const ladder = new EngineLadder({
    best,
    probe: async (engine) => {
      probed.push(engine);
      return works[engine];
    },
    clock,
    signals: new Signals({ clock }),
  });
  /** Which engine renders, asked every second. */
  const during = async (seconds: number) => {
    const seen: EngineName[] = [];
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1000);
      const engine = ladder.choose();
      if (seen.at(-1) !== engine) seen.push(engine);
    }
    return seen;
  };
  return { clock, works, probed, ladder, during };
}

describe('the ladder of engines', () => {
  it('leaves an engine that does not work for the next at once, and takes it again when it has proved itself', async () => {
    const { works, probed, ladder, during } = setUp();
    works.gpu = false;
    expect([ladder.choose(), ladder.isBest]).toEqual(['gpu', true]);
    ladder.leave('gpu', 'out of memory');
    expect([ladder.engine, ladder.isBest]).toEqual(['cpu', false]);
    expect(await during(100)).toEqual(['cpu']);
    expect(probed).toEqual(['gpu', 'gpu', 'gpu']);
    works.gpu = true;
    expect(await during(19)).toEqual(['cpu']);
    expect(await during(32)).toEqual(['cpu', 'gpu']);
    expect(probed).toHaveLength(4);
    await ladder.close();
  });

  it('waits twice as long each time that an engine which passes its probe fails again', async () => {
    const { ladder, clock } = setUp('cpu');
    const back: number[] = [];
    for (let time = 0; time < 4; time++) {
      ladder.leave('cpu', 'it crashes');
      const leftMs = clock.monotonicMs();
      while (ladder.choose() === 'simple') await clock.advance(1000);
      back.push(Math.round((clock.monotonicMs() - leftMs) / 1000));
    }
    expect(back).toEqual([60, 90, 150, 270]);
    await ladder.close();
  });

  it('goes past an engine that does not work either, and never leaves the last', async () => {
    const { ladder } = setUp();
    ladder.leave('cpu', 'it is not built');
    expect(ladder.engine).toBe('gpu');
    ladder.leave('gpu', 'there is none');
    expect(ladder.engine).toBe('simple');
    ladder.leave('simple', 'whatever it is');
    expect(ladder.choose()).toBe('simple');
    await ladder.close();
  });

  it('leaves an engine that renders nothing of four phrases in a row, or does not come up three times', async () => {
    const { ladder } = setUp();
    for (const isRendered of [false, false, false, true, false, false, false]) ladder.rendered(isRendered);
    expect(ladder.engine).toBe('gpu');
    ladder.rendered(false);
    expect(ladder.engine).toBe('cpu');
    for (const isReady of [false, false, true, false, false]) ladder.started(isReady);
    expect(ladder.engine).toBe('cpu');
    ladder.started(false);
    expect(ladder.engine).toBe('simple');
    await ladder.close();
  });

  it('may have but one engine', () => {
    const { ladder } = setUp('simple');
    ladder.leave('simple', 'whatever it is');
    expect([ladder.choose(), ladder.isBest]).toEqual(['simple', true]);
  });
});
