import { SimulatedClock } from '@sustain/kernel';
import { FOREVER } from '@sustain/kernel/options';
import { expect, test } from 'vitest';
import { Ending } from './ending.ts';
import { pause } from './pause.ts';

/** Knows how many wait for it. */
class WatchedEnding extends Ending {
  waiting = 0;
  override onEnd(listener: () => void): () => void {
    this.waiting++;
    const forget = super.onEnd(listener);
    return () => {
      this.waiting--;
      forget();
    };
  }
}

test('a pause that is over, however it ended, is forgotten by all that could have ended it', async () => {
  const clock = new SimulatedClock();
  const [injection, stream] = [new WatchedEnding(), new WatchedEnding()];
  const controller = new AbortController();
  const paused = (delayMs: number) => pause(clock, delayMs, [injection, stream], controller.signal);

  await clock.run(paused(10));
  expect([injection.waiting, stream.waiting, clock.waitingTimers]).toEqual([0, 0, 0]);
  const aborted = paused(FOREVER);
  expect([injection.waiting, stream.waiting]).toEqual([1, 1]);
  controller.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  expect([injection.waiting, stream.waiting]).toEqual([0, 0]);
  const ended = pause(clock, 10, [injection, stream]);
  stream.end();
  await ended;
  expect([injection.waiting, clock.waitingTimers]).toEqual([0, 0]);
  await pause(clock, FOREVER, [injection, stream]); // What has ended already is not waited for.
});
