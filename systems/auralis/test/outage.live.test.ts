import { type Frame, frameFlags } from '@sustain/audio';
import { slowness } from '@sustain/drills/load';
import { partition, refuse, reset, TcpProxy } from '@sustain/drills/network';
import { type Random, systemClock } from '@sustain/kernel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';
import { listenerResumed } from '../src/signals.ts';
import { PlayingListener } from './playing-listener.ts';

const FRAMES = 1764;
const OUTAGE_MS = 3000;
/** It waits half of the longest each time. */
const HALF: Random = { next: () => 0.5, fork: () => HALF };

describe('a listener whose network fails', () => {
  let auralis: RunningAuralis;
  let proxy: TcpProxy;
  let player: PlayingListener;
  beforeEach(async () => {
    auralis = await runAuralis('outages');
    proxy = await TcpProxy.start({ upstream: auralis.url });
    player = new PlayingListener(proxy.through(auralis.url), HALF);
    await player.until(() => player.figures.framesPlayed > 25);
  });
  afterEach(async () => {
    player.stop();
    await proxy.close();
    await auralis.stop();
  });

  test('for 3 s, without a word, plays on within 300 ms of its return, and the gap is exactly accounted', async () => {
    const before = measured(player);
    const outage = proxy.add(partition());
    await systemClock.sleep(OUTAGE_MS);
    await outage.end();
    const backMs = await msUntilPlaying(player);
    await playOn(player);
    const lostFrames = expectAccounted(player, before);
    report('stalled for 3 s', backMs, lostFrames);
    expect(player.resumed.at(-1)).toBe(true);
    expect(backMs).toBeLessThan(300 * slowness());
  });

  test('for 3 s, cut off, plays on within 1.3 s of its return, and the gap is exactly accounted', async () => {
    const before = measured(player);
    const closed = proxy.add(refuse());
    const cut = proxy.add(reset(), { connections: 'open' });
    await systemClock.sleep(OUTAGE_MS);
    await Promise.all([cut.end(), closed.end()]);
    const backMs = await msUntilPlaying(player);
    await playOn(player);
    const lostFrames = expectAccounted(player, before);
    report('cut off for 3 s', backMs, lostFrames);
    expect(player.resumed.at(-1)).toBe(true);
    expect(backMs).toBeLessThan(1300 * slowness());
  });

  test('for a moment, again and again, hears nothing of it: it gets all that it missed, in order', async () => {
    const resumes: unknown[] = [];
    auralis.signals.on(listenerResumed, ({ data }) => resumes.push(data));
    for (let cut = 1; cut <= 3; cut++) {
      const injection = proxy.add(reset(), { connections: 'open' });
      await player.until(() => player.resumed.length === 1 + cut);
      await injection.end();
      await playOn(player);
    }
    process.stdout.write(`  resumed ${JSON.stringify(resumes)}\n`);
    expect(player.figures).toMatchObject({ framesLost: 0, concealedMs: 0, underruns: 0 });
    expect(player.resumed).toEqual([false, true, true, true]);
    expect(resumes).toMatchObject(Array.from({ length: 3 }, () => ({ how: 'replayed' })));
    expectEveryFrameOnce(player.frames);
  });
});

function measured(player: PlayingListener) {
  const { samplePosition, concealedMs, framesLost } = player.figures;
  return { pulledFrames: player.pulledFrames, samplePosition, concealedMs, framesLost };
}

async function msUntilPlaying(player: PlayingListener): Promise<number> {
  const returnedMs = systemClock.monotonicMs();
  const { samplePosition } = player.figures;
  await player.until(
    () => player.figures.state === 'playing' && player.figures.samplePosition > samplePosition,
  );
  return systemClock.monotonicMs() - returnedMs;
}

async function playOn(player: PlayingListener): Promise<void> {
  const { framesPlayed } = player.figures;
  await player.until(() => player.figures.framesPlayed > framesPlayed + 25);
}

/** Every sample that was pulled was played or was silence, and every one that was not played is in the gap. Answers its frames. */
function expectAccounted(player: PlayingListener, before: ReturnType<typeof measured>): number {
  const after = measured(player);
  const lost = gapsOf(player.frames);
  const lostFrames = lost.reduce((sum, { missing }) => sum + missing, 0);
  expect(after.framesLost - before.framesLost).toBe(lostFrames);
  const concealed = Math.round(((after.concealedMs - before.concealedMs) * 44_100) / 1000);
  const played = after.samplePosition - before.samplePosition - lostFrames * FRAMES;
  expect(played + concealed).toBe(after.pulledFrames - before.pulledFrames);
  return lostFrames;
}

function gapsOf(frames: readonly Frame[]): { missing: number }[] {
  return frames.flatMap((frame, i) => {
    const last = frames[i - 1];
    const missing = last === undefined ? 0 : frame.sequence - last.sequence - 1;
    if (last === undefined || missing === 0) return [];
    expect(frame.epoch).toBe(last.epoch);
    expect(frame.flags & frameFlags.discontinuity).toBe(frameFlags.discontinuity);
    expect(frame.samplePosition - last.samplePosition).toBe((missing + 1) * FRAMES);
    return [{ missing }];
  });
}

function expectEveryFrameOnce(frames: readonly Frame[]): void {
  const first = frames[0]?.sequence ?? 0;
  expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, i) => first + i));
}

function report(what: string, backMs: number, lostFrames: number): void {
  process.stdout.write(
    `  ${what}: plays ${backMs.toFixed(0)} ms after the return, ${lostFrames} frames lost\n`,
  );
}
