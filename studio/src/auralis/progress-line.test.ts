import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { minutesText, ProgressLine } from './progress-line.ts';

function shownBy(isTTY: boolean) {
  const clock = new SimulatedClock();
  let text = '';
  const output = { isTTY, write: (piece: string) => (text += piece) };
  return { clock, line: new ProgressLine(output, clock), text: () => text };
}

describe('a progress line', () => {
  test('stands in the last line of a terminal, ten times a second at most, and goes away', async () => {
    const { clock, line, text } = shownBy(true);
    for (let step = 0; step < 100; step++) {
      await clock.advance(10);
      line.show(step / 100, () => `step ${step}`);
    }
    expect(text().split('\r').slice(1)).toHaveLength(10);
    expect(text().endsWith(`\r[${'#'.repeat(29)}.] step 99\u001b[K`)).toBe(true);
    line.note('something else');
    expect(text().endsWith('\r\u001b[Ksomething else\n')).toBe(true);
    line.clear();
    expect(text().endsWith('something else\n')).toBe(true);
  });

  test('is a plain line every 10 s elsewhere', async () => {
    const { clock, line, text } = shownBy(false);
    for (let second = 1; second <= 25; second++) {
      await clock.advance(1000);
      line.show(undefined, () => `second ${second}`);
    }
    line.clear();
    expect(text()).toBe('second 10\nsecond 20\n');
  });

  test('has no bar where there is no end', async () => {
    const { clock, line, text } = shownBy(true);
    await clock.advance(100);
    line.show(undefined, () => 'on and on');
    expect(text()).toBe('\ron and on\u001b[K');
  });
});

test.each([
  [0, '0:00'],
  [5.9, '0:05'],
  [65, '1:05'],
  [6000, '100:00'],
])('%d s are %s', (seconds, text) => expect(minutesText(seconds)).toBe(text));
