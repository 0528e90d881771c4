import type { ConnectionState } from './connection.ts';
import type { PlayerState } from './figures.ts';
import type { BufferFigures } from './jitter-buffer.ts';

/** What the player is doing, for programs and in plain words. */
export interface PlayerStatus {
  readonly state: PlayerState;
  readonly words: string;
}

/** Decides what the player is doing, from the connection and from what is being heard. */
export function playerStatus(
  connection: ConnectionState,
  buffer: Pick<BufferFigures, 'state' | 'concealing' | 'fallback'> | undefined,
): PlayerStatus {
  switch (connection.state) {
    case 'closed':
      return { state: 'paused', words: 'Paused' };
    case 'refused':
      return { state: 'failed', words: connection.reason };
    case 'connecting':
      return { state: 'connecting', words: 'Connecting' };
    case 'reconnecting': {
      const words = buffer?.state === 'playing' ? 'Reconnecting, playing from the buffer' : 'Reconnecting';
      return { state: 'reconnecting', words };
    }
    case 'open':
      return heard(buffer);
  }
}

function heard(buffer: Pick<BufferFigures, 'state' | 'concealing' | 'fallback'> | undefined): PlayerStatus {
  if (buffer === undefined) return { state: 'buffering', words: 'Buffering' };
  if (buffer.concealing) return { state: 'concealing', words: 'Concealing a gap' };
  if (buffer.state === 'buffering') return { state: 'buffering', words: 'Buffering' };
  if (buffer.state === 'ended') return { state: 'ended', words: 'The stream has ended' };
  return { state: 'playing', words: buffer.fallback ? 'Playing, in a simpler form for a moment' : 'Playing' };
}
