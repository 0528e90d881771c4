import { SimulatedClock } from '@sustain/kernel';
import { describe, expect, test } from 'vitest';
import { ControlDesk } from './control-desk.ts';
import { type MusicParameters, problemWith } from './music-parameters.ts';

const parameters: MusicParameters = { key: 'D', mode: 'lydian', tempoBpm: 72, intensity: 0.5 };
const welcome = {
  type: 'welcome',
  format: { sampleRateHz: 44_100, channels: 2, frames: 1764, encoding: 's16le' },
  prebufferMs: 600,
  token: 't',
  resumed: false,
  parameters,
} as const;
const error = { type: 'error', retryAfterMs: undefined } as const;

function connectedDesk() {
  const sent: { id: string; type: string; parameters: object }[] = [];
  const notices: string[] = [];
  const line = { connected: true };
  const clock = new SimulatedClock();
  const desk = new ControlDesk({
    send: (message) => {
      if (line.connected) sent.push(JSON.parse(message));
      return line.connected;
    },
    clock,
    onChange: () => undefined,
    onNotice: (text) => notices.push(text),
  });
  desk.receive(welcome);
  return { desk, sent, notices, line, clock };
}

describe('the control desk', () => {
  test('asks the server, and says when the answer will be heard', () => {
    const { desk, sent, notices } = connectedDesk();
    desk.ask('tempoBpm', 90);
    expect(sent).toEqual([{ type: 'control', id: '1', parameters: { tempoBpm: 90 } }]);
    expect(desk.note('tempoBpm')).toEqual({ kind: 'sending' });
    expect(desk.parameters).toEqual(parameters);
    desk.receive({
      type: 'accepted',
      id: '1',
      parameters: { ...parameters, tempoBpm: 90 },
      heardAtSample: 441_000,
    });
    expect(desk.note('tempoBpm')).toEqual({ kind: 'accepted', heardAtSample: 441_000 });
    expect(desk.parameters?.tempoBpm).toBe(90);
    expect(notices).toEqual(['Tempo is now 90, heard in a few seconds.']);
    desk.heardUpTo(440_999);
    expect(desk.note('tempoBpm')).toBeDefined();
    desk.heardUpTo(441_000);
    expect(desk.note('tempoBpm')).toBeUndefined();
  });

  test('never sends what is not allowed, and says what is', () => {
    const { desk, sent, notices } = connectedDesk();
    desk.ask('tempoBpm', Number.NaN);
    desk.ask('key', 'H');
    expect(sent).toEqual([]);
    expect(desk.note('tempoBpm')).toEqual({
      kind: 'problem',
      text: 'Tempo must be 40 to 140 beats a minute.',
    });
    expect(desk.note('key')).toMatchObject({ kind: 'problem' });
    expect(notices).toHaveLength(2);
  });

  test('puts the reason of the server beside the control that it refuses', () => {
    const { desk, notices } = connectedDesk();
    desk.ask('mode', 'dorian');
    desk.ask('key', 'E');
    desk.receive({
      ...error,
      code: 'INVALID_PARAMETERS',
      message: 'not today',
      id: '1',
      field: undefined,
    });
    expect(desk.note('mode')).toEqual({ kind: 'problem', text: 'not today' });
    expect(desk.note('key')).toEqual({ kind: 'sending' });
    expect(desk.parameters?.mode).toBe('lydian');
    expect(notices).toEqual(['not today']);
  });

  test('tells an error that belongs to no control to everybody, and one with a field to that one', () => {
    const { desk, notices } = connectedDesk();
    desk.receive({ ...error, code: 'X', message: 'too large', id: undefined, field: undefined });
    expect(notices).toEqual(['too large']);
    desk.receive({ ...error, code: 'X', message: 'wrong', id: undefined, field: 'intensity' });
    expect(desk.note('intensity')).toEqual({ kind: 'problem', text: 'wrong' });
  });

  test('notes what another listener changes', () => {
    const { desk } = connectedDesk();
    desk.receive({ type: 'parameters', parameters: { ...parameters, key: 'G#' }, heardAtSample: 5 });
    expect(desk.parameters?.key).toBe('G#');
    expect(desk.note('key')).toEqual({ kind: 'accepted', heardAtSample: 5 });
    expect(desk.note('mode')).toBeUndefined();
  });

  test('sends once more, under the same id, what is not answered within 2 s, and then gives it up', async () => {
    const { desk, sent, notices, clock } = connectedDesk();
    desk.ask('tempoBpm', 90);
    await clock.advance(1999);
    expect(sent).toHaveLength(1);
    await clock.advance(1);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
    expect(desk.note('tempoBpm')).toEqual({ kind: 'sending' });
    await clock.advance(2000);
    expect(sent).toHaveLength(2);
    expect(notices).toEqual(['The server did not answer.']);
    expect(clock.waitingTimers).toBe(0);
  });

  test('is silent about an answer that came with the second try', async () => {
    const { desk, notices, clock } = connectedDesk();
    desk.ask('tempoBpm', 90);
    await clock.advance(2500);
    desk.receive({ type: 'accepted', id: '1', parameters, heardAtSample: 9 });
    await clock.advance(10_000);
    expect(desk.note('tempoBpm')).toEqual({ kind: 'accepted', heardAtSample: 9 });
    expect(notices).toHaveLength(1);
  });

  test('asks again on the next connection what was asked on the one that was lost', () => {
    const { desk, sent, line } = connectedDesk();
    desk.ask('tempoBpm', 90);
    line.connected = false;
    desk.disconnected();
    expect(desk.note('tempoBpm')).toEqual({ kind: 'sending' });
    line.connected = true;
    desk.receive({ ...welcome, resumed: true });
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
  });

  test('says so when there is no connection, and when it is lost before the answer', async () => {
    const { desk, line, clock } = connectedDesk();
    desk.ask('intensity', 0.8);
    line.connected = false;
    desk.disconnected();
    await clock.advance(2000);
    expect(desk.note('intensity')).toMatchObject({ kind: 'problem', text: expect.stringContaining('lost') });
    line.connected = true;
    desk.ask('mode', 'dorian');
    desk.closed();
    expect(desk.note('mode')).toMatchObject({ kind: 'problem', text: expect.stringContaining('lost') });
    line.connected = false;
    desk.ask('intensity', 0.9);
    expect(desk.note('intensity')).toMatchObject({
      kind: 'problem',
      text: expect.stringContaining('Press play'),
    });
    expect(clock.waitingTimers).toBe(0);
  });

  test('forgets with the connection what was said of positions in its stream', () => {
    const { desk } = connectedDesk();
    desk.ask('intensity', 0.8);
    desk.receive({ type: 'accepted', id: '1', parameters, heardAtSample: 9e9 });
    desk.disconnected();
    expect(desk.note('intensity')).toBeUndefined();
  });
});

describe('a parameter', () => {
  test('is allowed within its range, both ends included', () => {
    for (const tempoBpm of [40, 72.5, 140]) expect(problemWith('tempoBpm', tempoBpm)).toBeUndefined();
    for (const intensity of [0, 0.5, 1]) expect(problemWith('intensity', intensity)).toBeUndefined();
    expect(problemWith('key', 'F#')).toBeUndefined();
    expect(problemWith('mode', 'aeolian')).toBeUndefined();
  });

  test('is refused outside of it, and when it is of another kind', () => {
    for (const tempoBpm of [39.9, 140.1, Number.NaN, Number.POSITIVE_INFINITY, '72', null]) {
      expect(problemWith('tempoBpm', tempoBpm)).toContain('40 to 140');
    }
    for (const intensity of [-0.1, 1.1, undefined, true])
      expect(problemWith('intensity', intensity)).toContain('0 to 100');
    for (const key of ['H', 'c', 'Db', '', 0]) expect(problemWith('key', key)).toContain('Key');
    for (const mode of ['locrian', 'toString', null]) expect(problemWith('mode', mode)).toContain('Mode');
  });
});
