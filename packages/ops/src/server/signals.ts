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

/** A request was answered, or its client has gone. Of an event stream that is its end. */
export const requestFinished = defineSignal<{
  readonly method: string;
  /** The template, as `/health/:system`, so that there are few; `unknown` where there is no route. */
  readonly route: string;
  readonly status: number;
  readonly durationMs: number;
  /** The name of the token with which it came, where there was one. Not called `token`: logs and streams hide that. */
  readonly caller?: string;
}>('server.request.finished');
