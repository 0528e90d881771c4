import { decodePcm16, type Frame, frameFlags, measureJoin } from '@sustain/audio';
import { bandwidth, partition, reset, TcpProxy } from '@sustain/drills/network';
import { seededRandom, systemClock } from '@sustain/kernel';
import { afterEach, expect, test } from 'vitest';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';
import { framesDropped, listenerLeft, listenerResumed, listenerShed } from '../src/signals.ts';
import { PlayingListener } from './playing-listener.ts';
import { RecordingListener } from './recording-listener.ts';

const FRAMES = 1764;
const QUANTUM = 128;
/** Of the fades at gaps, and of what is measured beside a join. */
const NEAR_SAMPLES = 1024;

let auralis: RunningAuralis;
afterEach(() => auralis.stop());

test('20 listeners record through 15 s of resets, stalls and thin lines: nothing is lost that is not flagged, and nothing clicks', async () => {
  auralis = await runAuralis('chaos', { maxListeners: 40 });
  const random = seededRandom('chaos');
  const resumed = { replayed: 0, jumped: 0 };
  auralis.signals.on(listenerResumed, ({ data }) => resumed[data.how]++);
  const proxy = await TcpProxy.start({ upstream: auralis.url, random: random.fork('proxy') });
  const whole = await RecordingListener.connect(auralis.url);
  const players = Array.from(
    { length: 20 },
    (_, i) => new PlayingListener(proxy.through(auralis.url), random.fork(`player ${i}`)),
  );
  await Promise.all(players.map((player) => player.until(() => player.figures.framesPlayed > 10)));
  const counts = { resets: 0, stalls: 0, thinLines: 0 };
  const undone: Promise<void>[] = [];
  for (const endMs = systemClock.monotonicMs() + 15_000; systemClock.monotonicMs() < endMs; ) {
    const chance = random.next();
    if (chance < 0.4) {
      counts.resets++;
      await proxy.add(reset(), { connections: 'open', share: 0.3 }).end();
    } else {
      if (chance < 0.8) counts.stalls++;
      else counts.thinLines++;
      const toxic = chance < 0.8 ? partition() : bandwidth({ bytesPerSecond: 150_000 });
      const injection = proxy.add(toxic, { share: 0.3 });
      const lastsMs = 100 + 2400 * random.next();
      undone.push(systemClock.sleep(lastsMs).then(() => injection.end()));
    }
    await systemClock.sleep(300 + 400 * random.next());
  }
  await Promise.all(undone);
  await Promise.all(players.map(untilSettled));
  for (const player of players) player.stop();
  whole.stop();
  await proxy.close();

  const music = joined(whole.frames);
  let gaps = 0;
  let joins = 0;
  let worst = 0;
  for (const player of players) {
    gaps += expectFlaggedWhereLost(player.frames);
    expectAccounted(player);
    const clicks = clicksOf(player, music, whole.frames[0]?.samplePosition ?? 0);
    joins += clicks.joins;
    worst = Math.max(worst, clicks.worst);
    expect(clicks.found).toEqual([]);
    expect(player.figures.state).toBe('playing');
    expect(player.states.at(-2)).toBe('open'); // and then it was stopped
  }
  expectSameMusic(players, whole);
  process.stdout.write(
    `  ${JSON.stringify(counts)}; ${JSON.stringify(resumed)}; ${gaps} gaps, all flagged; ` +
      `${joins} joins, worst step ${worst.toFixed(2)} times its surroundings\n`,
  );
  expect(resumed.replayed).toBeGreaterThan(0);
  expect(resumed.jumped).toBeGreaterThan(0);
});

test('of 30 who listen and 3 who never read, the three are sent away within 12 s, and the thirty lose nothing', async () => {
  auralis = await runAuralis('non-readers', { maxListeners: 40 });
  const shed: { reason: string; afterMs: number }[] = [];
  let deafSinceMs = 0;
  let left = 0;
  auralis.signals.on(listenerShed, ({ data }) => {
    shed.push({ reason: data.reason, afterMs: systemClock.monotonicMs() - deafSinceMs });
  });
  auralis.signals.on(listenerLeft, () => left++);
  let droppedFrames = 0;
  auralis.signals.on(framesDropped, ({ data }) => {
    droppedFrames += data.frames;
  });
  const good: RecordingListener[] = [];
  for (let i = 0; i < 30; i++) {
    good.push(await RecordingListener.connect(auralis.url));
    await systemClock.sleep(100);
  }
  deafSinceMs = systemClock.monotonicMs();
  const deaf = await Promise.all(Array.from({ length: 3 }, () => RecordingListener.connect(auralis.url)));
  for (const listener of deaf) listener.pause();
  while (shed.length < 3) await auralis.next(listenerShed);
  const framesThen = good.map(({ frames }) => frames.length);
  await Promise.all(
    good.map((listener, i) => listener.until(({ frames }) => frames.length > (framesThen[i] as number) + 50)),
  );
  process.stdout.write(
    `  sent away after ${shed.map(({ reason, afterMs }) => `${(afterMs / 1000).toFixed(1)} s (${reason})`).join(', ')}\n`,
  );
  expect(shed.map(({ reason }) => reason)).toEqual(Array(3).fill('no answer to pings'));
  expect(Math.max(...shed.map(({ afterMs }) => afterMs))).toBeLessThan(12_000);
  expect([left, droppedFrames]).toEqual([3, 0]);
  for (const listener of deaf) listener.resume();
  const ends = await Promise.all(deaf.map(({ closed }) => closed));
  for (const { code } of ends) expect([4008, 1006]).toContain(code);
  for (const { frames } of good) {
    const first = frames[0]?.sequence ?? 0;
    expect(frames.map(({ sequence }) => sequence)).toEqual(frames.map((_, i) => first + i));
    expect(frames.filter(({ flags }) => (flags & frameFlags.discontinuity) !== 0)).toEqual([]);
  }
  for (const listener of good) listener.stop();
});

/** It plays, and what came last was played. */
async function untilSettled(player: PlayingListener): Promise<void> {
  const { framesPlayed } = player.figures;
  await player.until(
    () =>
      player.states.at(-1) === 'open' && player.figures.framesPlayed > framesPlayed + 25 && isPlaying(player),
  );
}

function isPlaying({ figures }: PlayingListener): boolean {
  return figures.state === 'playing' && !figures.concealing;
}

/** Sequences grow by 1, or the frame is flagged and says how much is missing. Answers how many gaps there are. */
function expectFlaggedWhereLost(frames: readonly Frame[]): number {
  const gaps = frames.filter((frame, i) => {
    const last = frames[i - 1];
    if (last === undefined) return false;
    expect(frame.epoch).toBe(last.epoch);
    expect(frame.samplePosition - last.samplePosition).toBe((frame.sequence - last.sequence) * FRAMES);
    if (frame.sequence === last.sequence + 1) return false;
    expect(frame.sequence).toBeGreaterThan(last.sequence);
    expect(frame.flags & frameFlags.discontinuity).toBe(frameFlags.discontinuity);
    return true;
  });
  return gaps.length;
}

/** Every sample that was heard was music or is counted as concealed, from the first that was played on. */
function expectAccounted({ quanta, figures, pulledFrames }: PlayingListener): void {
  const start = quanta.findIndex(({ isPlayed }) => isPlayed);
  const first = quanta[start] as { position: number };
  const heard = pulledFrames - (start + 1) * QUANTUM;
  const toFrames = (ms: number) => Math.round((ms * 44_100) / 1000);
  const advanced = figures.samplePosition - first.position;
  const notHeard = figures.framesLost * FRAMES + toFrames(figures.skippedMs);
  expect(heard - toFrames(figures.concealedMs)).toBe(advanced - notHeard);
}

/** Steps at joins of what came out of the loudspeaker that the music has not there by itself. */
function clicksOf(player: PlayingListener, music: Float32Array, musicFrom: number) {
  const { quanta, output } = player;
  const found: { atSample: number; ratio: number; musicRatio: number }[] = [];
  let joins = 0;
  let worst = 0;
  const start = quanta.findIndex(({ isPlayed }) => isPlayed);
  for (let i = start; i < quanta.length; i++) {
    const [last, quantum] = [quanta[i - 1], quanta[i]];
    if (last === undefined || quantum === undefined) continue;
    if (quantum.position === last.position + QUANTUM || (!quantum.isPlayed && !last.isPlayed)) continue;
    joins++;
    for (let at = i * QUANTUM - NEAR_SAMPLES; at < (i + 1) * QUANTUM + NEAR_SAMPLES; at += 8) {
      const { ratio } = measureJoin([output], at);
      worst = Math.max(worst, Math.min(ratio, 2));
      if (ratio <= 2) continue;
      const offset = at - i * QUANTUM;
      const musicRatio = Math.max(
        ...[last.position, quantum.position].map((position) =>
          ratioNear(music, position - musicFrom + offset),
        ),
      );
      if (ratio > musicRatio) found.push({ atSample: at, ratio, musicRatio });
    }
  }
  return { found, joins, worst };
}

/** What the music has of its own there, a quantum around. */
function ratioNear(music: Float32Array, at: number): number {
  let most = 0;
  for (let near = at - QUANTUM; near <= at + QUANTUM; near += 8) {
    most = Math.max(most, measureJoin([music], near).ratio);
  }
  return most;
}

/** What two heard of one frame is the same, bit for bit. */
function expectSameMusic(players: readonly PlayingListener[], whole: RecordingListener): void {
  const payloads = new Map(whole.frames.map(({ sequence, payload }) => [sequence, payload]));
  const differing = players.flatMap(({ frames }) =>
    frames.filter(({ sequence, payload }) => {
      const expected = payloads.get(sequence);
      return expected !== undefined && Buffer.compare(expected, payload) !== 0;
    }),
  );
  expect(differing.map(({ sequence }) => sequence)).toEqual([]);
}

function joined(frames: readonly Frame[]): Float32Array {
  const left = new Float32Array(frames.length * FRAMES);
  const right = new Float32Array(FRAMES);
  frames.forEach(({ payload }, i) => {
    decodePcm16(payload, 0, FRAMES, [left.subarray(i * FRAMES, (i + 1) * FRAMES), right]);
  });
  return left;
}
