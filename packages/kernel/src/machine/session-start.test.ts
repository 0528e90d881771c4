import { describe, expect, test } from 'vitest';
import { SimulatedClock } from '../time/index.ts';
import { type Step, stateMachine, transaction } from './index.ts';
import { fails, never } from './transaction.fixture.ts';

describe('S0-02 to S0-11: starting a session of the voice client', () => {
  /** Seed 000: the microphone is on the hotword, then on the session; nothing else may ever be left. */
  function client(broken: readonly string[], how: () => unknown) {
    const clock = new SimulatedClock();
    const machine = stateMachine({
      name: 'voice',
      start: 'LISTENING',
      transitions: {
        LISTENING: { start: 'ACTIVE_SESSION', fail: 'IDLE' },
        ACTIVE_SESSION: { recover: 'LISTENING', fail: 'IDLE' },
        IDLE: { recover: 'LISTENING' },
      },
    });
    let recording: 'hotword' | 'session' | 'nothing' = 'hotword';
    const may = (what: string) => (broken.includes(what) ? how() : true);
    const record = (what: typeof recording) => async () => {
      if ((await may(`record ${what}`)) === false) return false;
      recording = what;
      return true;
    };
    const steps: Step[] = [
      { name: 'transition', do: () => machine.send('start').moved && may('transition') },
      { name: 'stop hotword', do: record('nothing') },
      { name: 'notify server', do: () => may('notify server'), deadlineMs: 5000 },
      { name: 'record session', do: record('session') },
    ];
    const recover = async () => {
      recording = 'nothing';
      if ((await record('hotword')()) === false) return false;
      if (machine.state !== 'LISTENING') machine.send('recover');
      return true;
    };
    const idle = () => machine.send('fail').moved;
    return async () => {
      const result = await clock.run(transaction(steps, { clock, safeState: [recover, idle] }));
      return { result: result.state, state: machine.state, recording };
    };
  }

  test('reaches the session when all is well', async () => {
    const ended = { result: 'done', state: 'ACTIVE_SESSION', recording: 'session' };
    expect(await client([], fails)()).toEqual(ended);
  });

  const steps = ['transition', 'record nothing', 'notify server', 'record session'];
  const ways: readonly (readonly [string, () => unknown])[] = [
    ['throws', fails],
    ['answers false', () => false],
    ['hangs', never],
  ];
  test.each(steps.flatMap((step) => ways.map(([what, how]) => [step, what, how] as const)))(
    'is back at listening when %s %s',
    async (step, _what, how) => {
      const ended = { result: 'rolled-back', state: 'LISTENING', recording: 'hotword' };
      expect(await client([step], how)()).toEqual(ended);
    },
  );

  test.each(ways)('is idle when the recovery itself %s', async (_what, how) => {
    const ended = await client(['record session', 'record hotword'], how)();
    expect(ended).toEqual({ result: 'rolled-back', state: 'IDLE', recording: 'nothing' });
  });
});
