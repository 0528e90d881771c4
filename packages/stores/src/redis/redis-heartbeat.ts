import type { Clock } from '@sustain/kernel';
import type { RedisClient } from './redis-client.ts';

/** @internal */
export interface Heartbeat {
  readonly clock: Clock;
  /** Between an answer and the next question, and the longest wait for an answer. */
  readonly periodMs: number;
  /** `hello`: what the server says of itself; undefined when it refuses to. */
  readonly answered: (hello: unknown) => void;
  readonly silent: () => void;
}

/**
 * @internal Asks for as long as there is an answer, as a connection whose other end has gone without a word looks like
 * one that is merely quiet, and one to a server that has become a replica like any other. Answers the way to stop. Its
 * timers do not hold the process open.
 */
export function keepHeartbeat(client: RedisClient, heartbeat: Heartbeat): () => void {
  const { clock, periodMs, answered, silent } = heartbeat;
  let timer = clock.schedule(periodMs, ask, { keepAlive: false });
  let isStopped = false;

  function ask(): void {
    timer = clock.schedule(periodMs, silent, { keepAlive: false });
    client.sendCommand(['HELLO']).then(heard, (error: Error) => {
      // A refusal by the server is an answer, too; all else, a full queue for example, is none.
      if (/^[A-Z]+ /.test(error.message)) heard(undefined);
    });
  }

  function heard(hello: unknown): void {
    if (isStopped) return;
    timer.cancel();
    timer = clock.schedule(periodMs, ask, { keepAlive: false });
    answered(hello);
  }

  return () => {
    isStopped = true;
    timer.cancel();
  };
}
