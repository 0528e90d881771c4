import { Signals, SimulatedClock } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { InMemorySynthesis, scriptedEngine, tone } from '../test/in-memory-synthesis.ts';
import { createComposer, defaultParameters, type Phrase } from './composition/index.ts';
import { type RenderOutcome, SynthesisRecovery } from './recovery.ts';
import { Timeline } from './streaming/index.ts';
import { type AudioBlock, PhraseRenderer, SynthesisPort } from './synthesis/index.ts';

function setUp() {
  const clock = new SimulatedClock();
  const signals = new Signals({ clock });
  const process = new InMemorySynthesis();
  const renderer = new PhraseRenderer({ port: new SynthesisPort(process), clock });
  const recovery = new SynthesisRecovery({ render: (job) => renderer.render(job), clock, signals });
  const timeline = new Timeline();
  const controller = new AbortController();
  const composer = createComposer({ seed: 3, parameters: { ...defaultParameters, intensity: 1 } });
  const phrase = [composer.next(), composer.next(), composer.next()].find(
    ({ melody }) => melody.length > 3,
  ) as Phrase;
  const track = timeline.open(phrase);

  const render = async (): Promise<RenderOutcome> => {
    const job = { phrase, track, signal: controller.signal };
    try {
      await renderer.render(job);
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
  return { clock, signals, process, phrase, track, controller, render, hear };
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
