import type { Clock } from '@sustain/kernel';
import type { RedisClient } from './redis-client.ts';

/** @internal */
export interface Heartbeat {
  readonly clock: Clock;
  /** Between an answer and the next ping, and the longest wait for an answer. */
  readonly periodMs: number;
  readonly answered: () => void;
  readonly silent: () => void;
}

/**
 * @internal Pings for as long as there is an answer, as a connection whose other end has gone without a word looks like
 * one that is merely quiet. Answers the way to stop. Its timers do not hold the process open.
 */
export function keepHeartbeat(client: RedisClient, heartbeat: Heartbeat): () => void {
  const { clock, periodMs, answered, silent } = heartbeat;
  let timer = clock.schedule(periodMs, ping, { keepAlive: false });
  let isStopped = false;

  function ping(): void {
    timer = clock.schedule(periodMs, silent, { keepAlive: false });
    client.sendCommand(['PING']).then(heard, (error: Error) => {
      // A refusal by the server is an answer, too; all else, a full queue for example, is none.
      if (/^[A-Z]+ /.test(error.message)) heard();
    });
  }

  function heard(): void {
    if (isStopped) return;
    timer.cancel();
    answered();
    timer = clock.schedule(periodMs, ping, { keepAlive: false });
  }

  return () => {
    isStopped = true;
    timer.cancel();
  };
}
