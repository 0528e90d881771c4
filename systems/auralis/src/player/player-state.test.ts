import { describe, expect, test } from 'vitest';
import { playerStatus } from './player-state.ts';

const playing = { state: 'playing', concealing: false, fallback: false, degraded: false } as const;
const starting = { state: 'buffering', concealing: false, fallback: false, degraded: false } as const;
const gap = { state: 'buffering', concealing: true, fallback: false, degraded: false } as const;

describe('the player says', () => {
  test('how it stands with the server, before anything is heard', () => {
    expect(playerStatus({ state: 'closed' }, undefined)).toEqual({ state: 'paused', words: 'Paused' });
    expect(playerStatus({ state: 'connecting' }, undefined).state).toBe('connecting');
    expect(playerStatus({ state: 'open' }, undefined).state).toBe('buffering');
    expect(playerStatus({ state: 'open' }, starting).state).toBe('buffering');
    expect(playerStatus({ state: 'refused', reason: 'The server is full.' }, undefined)).toEqual({
      state: 'failed',
      words: 'The server is full.',
    });
  });

  test('what is heard, once something is', () => {
    expect(playerStatus({ state: 'open' }, playing)).toEqual({ state: 'playing', words: 'Playing' });
    expect(playerStatus({ state: 'open' }, gap).state).toBe('concealing');
    expect(playerStatus({ state: 'open' }, { ...playing, concealing: true }).state).toBe('concealing');
    expect(playerStatus({ state: 'open' }, { ...playing, fallback: true })).toMatchObject({
      state: 'playing',
      words: expect.stringMatching(/^Degraded: .*simpler/),
    });
    expect(playerStatus({ state: 'open' }, { ...playing, degraded: true })).toMatchObject({
      state: 'playing',
      words: expect.stringMatching(/^Degraded/),
    });
    expect(playerStatus({ state: 'open' }, { ...playing, state: 'ended' }).state).toBe('ended');
  });

  test('that it reconnects, and whether music goes on meanwhile', () => {
    const lost = { state: 'reconnecting', attempt: 1, delayMs: 50, full: false } as const;
    expect(playerStatus(lost, playing).words).toContain('buffer');
    expect(playerStatus(lost, gap)).toEqual({ state: 'reconnecting', words: 'Reconnecting' });
    expect(playerStatus(lost, undefined).words).toBe('Reconnecting');
    expect(playerStatus({ ...lost, full: true }, undefined).words).toContain('full');
  });
});
