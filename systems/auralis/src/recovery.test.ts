import { Signals, SimulatedClock } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { InMemorySynthesis, scriptedEngine, tone } from '../test/in-memory-synthesis.ts';
import { createComposer, defaultParameters, type Phrase } from './composition/index.ts';
import { type RenderOutcome, SynthesisRecovery } from './recovery.ts';
import { attemptFailed } from './signals.ts';
import { Bed, Timeline } from './streaming/index.ts';
import { type AudioBlock, PhraseRenderer, SynthesisPort } from './synthesis/index.ts';

function setUp() {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const process = new InMemorySynthesis();
  const renderer = new PhraseRenderer({ port: new SynthesisPort(process), clock });
  const bed = new Bed();
  const left: string[] = [];
  const recovery = new SynthesisRecovery({
    ...{ bed, clock, signals },
    render: (job) => renderer.render(job),
    leaveEngine(reason) {
      left.push(reason);
      process.kill();
    },
  });
  const timeline = new Timeline({ bed });
  const controller = new AbortController();
  const composer = createComposer({ seed: 3, parameters: { ...defaultParameters, intensity: 1 } });
  const phrase = [composer.next(), composer.next(), composer.next()].find(
    ({ melody }) => melody.length > 3,
  ) as Phrase;
  const track = timeline.open(phrase);

  const render = async (place = track): Promise<RenderOutcome> => {
    const job = { phrase, track: place, signal: controller.signal };
    try {
      await renderer.render(job);
      recovery.clear();
      return 'full';
    } catch (error) {
      return recovery.recover(error, job);
    }
  };
  /** The first frames that are heard, and whether they are flagged. */
  const hear = () => {
    const [left, right] = [new Float32Array(100), new Float32Array(100)];
    const quality = timeline.read(left, right);
    return { level: Math.abs(left[99] ?? 0), ...quality };
  };
  return { clock, signals, process, bed, left, recovery, timeline, phrase, track, controller, render, hear };
}

/** An engine that fails the first `times` phrases it is asked for with what `fail` does. */
function failing(times: number, fail: (phrase: Phrase) => Iterable<AudioBlock>) {
  let asked = 0;
  return scriptedEngine((phrase) => (asked++ < times ? fail(phrase) : tone(phrase, 0.25)));
}

const broken: Record<string, (phrase: Phrase) => Iterable<AudioBlock>> = {
  'that throws': () => {
    throw new Error('out of voices');
  },
  'that renders NaN': (phrase) => tone(phrase, Number.NaN),
  'that renders infinity': (phrase) => tone(phrase, Number.POSITIVE_INFINITY),
  'that renders a peak above 2': (phrase) => tone(phrase, 2.1),
  'that renders a constant': (phrase) => {
    const samples = new Float32Array(phrase.frames + phrase.tailFrames).fill(0.2);
    return [{ left: samples, right: samples }];
  },
  'that renders silence and calls it music': (phrase) => tone(phrase, 0),
  'that renders too much': (phrase) => tone(phrase, 0.25, phrase.frames + phrase.tailFrames + 1),
  'that renders too little': (phrase) => tone(phrase, 0.25, 1000),
};

describe('a phrase', () => {
  test('that can be rendered is heard as it was composed', async () => {
    const { clock, process, phrase, render, hear } = setUp();
    process.start(failing(0, () => []));
    expect(await clock.run(render())).toBe('full');
    expect(process.asked).toEqual([phrase]);
    expect(hear()).toEqual({ level: 0.25, concealed: false, fallback: false });
  });

  test.each(Object.entries(broken))(
    'of an engine %s is rendered again with half its melody and no percussion',
    async (_how, fail) => {
      const { clock, process, phrase, render, hear } = setUp();
      process.start(failing(1, fail));
      expect(await clock.run(render())).toBe('simplified');
      expect(process.asked).toHaveLength(2);
      expect(process.asked[1]?.melody).toEqual(phrase.melody.slice(0, Math.floor(phrase.melody.length / 2)));
      expect(process.asked[1]?.percussion).toEqual([]);
      expect(hear()).toEqual({ level: 0.25, concealed: false, fallback: true });
    },
  );

  test('that fails three times, 0.1 s apart, is silent and flagged', async () => {
    const { clock, process, render, hear } = setUp();
    const atMs: number[] = [];
    process.start(
      failing(99, () => {
        atMs.push(clock.monotonicMs());
        throw new Error('no');
      }),
    );
    expect(await clock.run(render())).toBe('silence');
    expect(atMs).toEqual([0, 100, 200]);
    expect(hear()).toEqual({ level: 0, concealed: false, fallback: true });
  });

  test('of an engine that is lost in its middle is rendered by the next, and nothing of the two is joined', async () => {
    const { clock, process, left, phrase, render, hear } = setUp();
    const gpu = scriptedEngine(function* (asked) {
      yield* tone(asked, 0.5, 8192);
      throw Object.assign(new Error('device lost'), { name: 'GpuError' });
    });
    process.start({ ...gpu, name: 'gpu' });
    process.onDown(() => process.start(failing(0, () => [])));
    expect(await clock.run(render())).toBe('full');
    expect(left).toEqual([expect.stringMatching(/the engine gpu cannot go on.*device lost/)]);
    expect(process.asked).toEqual([phrase, phrase]);
    expect(hear()).toEqual({ level: 0.25, concealed: false, fallback: true });
  });

  test('that fails three times is a loop, once there is one', async () => {
    const { clock, process, bed, render, hear } = setUp();
    const loop = new Float32Array(10_000).fill(0.1);
    bed.change({ left: loop, right: loop });
    process.start(
      failing(99, () => {
        throw new Error('no');
      }),
    );
    expect(await clock.run(render())).toBe('loop');
    // 100 sample frames of a fade that takes a tenth of a second.
    expect(hear()).toEqual({
      level: expect.closeTo((0.1 * 100) / 4410, 6),
      concealed: false,
      fallback: true,
    });
  });

  test('S2-24, S2-25, S2-26, S2-33: every try that fails is told with its number, and counted', async () => {
    const { clock, signals, process, recovery, timeline, phrase, render } = setUp();
    const told: unknown[] = [];
    signals.on(attemptFailed, ({ data: { fault, ...said } }) => told.push({ code: fault.code, ...said }));
    expect([recovery.failureRate, recovery.consecutiveFailures, recovery.totalFailures]).toEqual([0, 0, 0]);
    process.start(failing(3, (phrase) => tone(phrase, Number.NaN)));
    expect(await clock.run(render())).toBe('silence');
    const { index: phraseIndex } = phrase;
    expect(told).toEqual(
      [1, 2, 3].map((attempt) => ({
        ...{ code: 'INVALID_AUDIO', phraseIndex, attempt, of: 3, totalFailures: attempt },
      })),
    );
    expect([recovery.failureRate, recovery.consecutiveFailures, recovery.totalFailures]).toEqual([1, 3, 3]);
    expect(await clock.run(render(timeline.open(phrase)))).toBe('full');
    expect([recovery.failureRate, recovery.consecutiveFailures, recovery.totalFailures]).toEqual([
      0.75, 0, 3,
    ]);
  });

  test('whose process dies is rendered again by the next, and joins itself', async () => {
    const { clock, process, phrase, render, hear } = setUp();
    let blocks = 0;
    process.start(
      scriptedEngine(function* (asked) {
        for (const block of tone(asked, 0.25)) {
          if (++blocks === 5) process.die();
          yield block;
        }
      }),
    );
    const rendering = render();
    await clock.advance(200);
    process.start(failing(0, () => []));
    expect(await clock.run(rendering)).toBe('full');
    expect(process.asked).toEqual([phrase, phrase]);
    expect(hear()).toEqual({ level: 0.25, concealed: false, fallback: false });
  });

  test('that kills two processes is simplified', async () => {
    const { clock, process, render } = setUp();
    const deadly = scriptedEngine(function* () {
      process.die();
      yield* [];
    });
    process.start(deadly);
    const rendering = render();
    await clock.advance(50);
    process.start(deadly);
    await clock.advance(50);
    process.start(failing(0, () => []));
    expect(await clock.run(rendering)).toBe('simplified');
    expect(process.asked[2]?.percussion).toEqual([]);
  });

  test('waits for a process that is slow to come up, and is not taken for hung', async () => {
    const { clock, process, render } = setUp();
    const rendering = render();
    await clock.advance(8000);
    process.start(failing(0, () => []));
    expect(await clock.run(rendering)).toBe('full');
    expect(process.kills).toBe(0);
  });

  test('that no process comes up for is silent in the end, and is not rendered when one does', async () => {
    const { clock, process, render, hear } = setUp();
    const rendering = render();
    await clock.advance(40_050); // 10 s for a process, then 30 s of recovery
    process.start(failing(0, () => []));
    await clock.advance(60_000);
    expect(await rendering).toBe('silence');
    expect(process.asked).toEqual([]);
    expect(hear()).toEqual({ level: 0, concealed: false, fallback: true });
  });

  test('of a process that talks nonsense is rendered by the next', async () => {
    const { clock, process, render } = setUp();
    process.onDown(() => process.start(failing(0, () => [])));
    process.start(
      scriptedEngine(function* () {
        process.say({ type: 'nonsense' } as never);
        yield* [];
      }),
    );
    expect(await clock.run(render())).toBe('simplified');
    expect(process.kills).toBe(1);
  });

  test('that is cancelled stops being rendered', async () => {
    const { clock, process, controller, render } = setUp();
    let blocks = 0;
    process.start(
      scriptedEngine(function* (phrase) {
        for (const block of tone(phrase, 0.25)) {
          if (++blocks === 5) controller.abort(new Error('enough'));
          yield block;
        }
      }),
    );
    await expect(clock.run(render())).rejects.toThrow('enough');
    await clock.advance(1000);
    expect(blocks).toBeLessThan(10);
  });

  test('whose process hangs is given 3 s; then the process is killed', async () => {
    const { clock, process, render } = setUp();
    process.onDown(() => process.start(failing(0, () => [])));
    process.start(scriptedEngine(() => []));
    process.send = async (message) => {
      if (message.type === 'render') process.asked.push(message.phrase);
    };
    const rendering = render();
    await clock.advance(2999);
    expect(process.kills).toBe(0);
    await clock.advance(1);
    expect(process.kills).toBe(1);
    await clock.advance(120_000);
    expect(await rendering).toBe('silence');
  });

  test('that is no longer wanted ends with the reason, whatever state it is in', async () => {
    const { clock, process, controller, render } = setUp();
    const rendering = render();
    const reason = new Error('shutting down');
    controller.abort(reason);
    await expect(clock.run(rendering)).rejects.toBe(reason);
    expect(process.asked).toEqual([]);
  });
});
