import { describe, expect, it, test } from 'vitest';
import type { DrillMoment } from '../drill/index.ts';
import { momentList } from './moment-list.ts';
import { timeScale } from './time-scale.ts';
import { timeline } from './timeline.ts';

const moment = (atMs: number, what: DrillMoment['what'], text = ''): DrillMoment => ({ atMs, what, text });
const whole: readonly DrillMoment[] = [
  moment(0, 'injected'),
  moment(9, 'detected'),
  moment(99, 'recovered'),
  moment(400, 'cause-gone'),
  moment(999, 'restored'),
];

describe('the scale of times', () => {
  const scale = timeScale(999);

  test.each([
    [0, 0],
    [9, 333],
    [99, 667],
    [999, 1000],
    [50_000, 1000],
    [-1, 0],
  ])('has %d ms at %d of 1000', (ms, place) => expect(scale.at(ms)).toBeCloseTo(place, -1));

  it('ends at a round time after the longest, and is never shorter than 10 ms', () => {
    expect([0, 999, 1000, 4200].map((ms) => timeScale(ms).endMs)).toEqual([10, 1000, 2000, 5000]);
    expect(timeScale(4200).ticksMs).toEqual([1, 10, 100, 1000]);
  });
});

/** Name, start and end of each bar in the picture. */
function barsOf(moments: readonly DrillMoment[]): [string, number, number][] {
  const { markup } = timeline(moments, timeScale(999));
  return [...markup.matchAll(/<rect class="(\w+)" x="(\d+)" width="(\d+)"/g)].map(([, name, x, width]) => [
    name as string,
    Number(x),
    Number(x) + Number(width),
  ]);
}

describe('the timeline of a drill', () => {
  it('goes from unseen over not useful to useful, each beginning where the one before ends', () => {
    const { at } = timeScale(999);
    expect(barsOf(whole)).toEqual([
      ['unseen', 0, at(9)],
      ['down', at(9), at(99)],
      ['lesser', at(99), at(999)],
      ['cause', 0, at(400)],
    ]);
  });

  it('that was never seen is unseen until its end; that never recovered is not useful until its end', () => {
    const { at } = timeScale(999);
    expect(barsOf([moment(0, 'injected'), moment(500, 'used')])).toEqual([
      ['unseen', 0, at(500)],
      ['cause', 0, at(500)],
    ]);
    const { markup } = timeline([...whole.slice(0, 2), moment(700, 'failed')], timeScale(999));
    expect(markup).toContain(`<rect class="down" x="${at(9)}" width="${at(700) - at(9)}"/>`);
    expect(markup).not.toMatch(/#useful|#gone|#restored/);
  });

  it('draws as many ticks as there are places, however many uses there were', () => {
    const uses = Array.from({ length: 10_000 }, (_, index) => moment(index / 10, 'used', 'full'));
    const { markup } = timeline([...whole, ...uses], timeScale(999));
    expect(markup.match(/v4/g)?.length).toBeLessThanOrEqual(251);
  });
});

describe('the moments of a drill as a list', () => {
  it('take together what says the same in a row', () => {
    const uses = [3, 4, 5].map((ms) => moment(ms, 'failed', 'refused'));
    expect(momentList([moment(0, 'injected'), ...uses, moment(9, 'detected', 'by hand')], 9).markup).toBe(
      '<ol class="moments"><li><i>0 ms</i> <b>injected</b></li>' +
        '<li class="bad"><i>3 ms</i> use failed 3 times, until 5 ms: refused</li>' +
        '<li><i>9 ms</i> <b>detected</b>: by hand</li></ol>',
    );
  });

  it('tell all that times are measured by, and how many others they leave out', () => {
    const uses = Array.from({ length: 50 }, (_, index) => moment(10 + index, 'failed', `refused ${index}`));
    const { markup } = momentList([...whole.slice(0, 2), ...uses, ...whole.slice(2)], 4);
    for (const word of ['injected', 'detected', 'recovered', 'cause gone', 'restored'])
      expect(markup).toContain(`<b>${word}</b>`);
    expect(markup.match(/use failed/g)).toHaveLength(4);
    expect(markup).toContain('<li>and 46 more uses and signals</li>');
  });
});
