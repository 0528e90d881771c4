import { defineSignal, type Fault } from '@sustain/kernel';

/** The server listens and serves. */
export const serverStarted = defineSignal<{ readonly url: string }>('server.started');

/** The server has stopped. `webSocketsCut` did not close by themselves within the time they were given. */
export const serverStopped = defineSignal<{ readonly durationMs: number; readonly webSocketsCut: number }>(
  'server.stopped',
);

/** A request was answered with a problem. */
export const requestRefused = defineSignal<{
  readonly fault: Fault;
  readonly status: number;
  readonly method: string;
  readonly path: string;
}>('server.request.refused');
