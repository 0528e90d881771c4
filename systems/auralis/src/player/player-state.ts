import type { ConnectionState } from './connection.ts';
import type { PlayerState } from './figures.ts';
import type { BufferFigures } from './jitter-buffer.ts';

/** What the player is doing, for programs and in plain words. */
export interface PlayerStatus {
  readonly state: PlayerState;
  readonly words: string;
}

type Heard = Pick<BufferFigures, 'state' | 'concealing' | 'fallback' | 'degraded'>;

/** Decides what the player is doing, from the connection and from what is being heard. */
export function playerStatus(connection: ConnectionState, buffer: Heard | undefined): PlayerStatus {
  switch (connection.state) {
    case 'closed':
      return { state: 'paused', words: 'Paused' };
    case 'refused':
      return { state: 'failed', words: connection.reason };
    case 'connecting':
      return { state: 'connecting', words: 'Connecting' };
    case 'reconnecting': {
      if (connection.full) return { state: 'reconnecting', words: 'The stream is full. Trying again soon' };
      const words = buffer?.state === 'playing' ? 'Reconnecting, playing from the buffer' : 'Reconnecting';
      return { state: 'reconnecting', words };
    }
    case 'open':
      return heard(buffer);
  }
}

function heard(buffer: Heard | undefined): PlayerStatus {
  if (buffer === undefined) return { state: 'buffering', words: 'Buffering' };
  if (buffer.concealing) return { state: 'concealing', words: 'Degraded: concealing a gap' };
  if (buffer.state === 'buffering') return { state: 'buffering', words: 'Buffering' };
  if (buffer.state === 'ended') return { state: 'ended', words: 'The stream has ended' };
  if (buffer.fallback) return { state: 'playing', words: 'Degraded: playing in a simpler form for a moment' };
  return {
    state: 'playing',
    words: buffer.degraded ? 'Degraded: playing again after a disturbance' : 'Playing',
  };
}
