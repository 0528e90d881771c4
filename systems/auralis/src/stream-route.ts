import type { Clock, Fault, Signals } from '@sustain/kernel';
import { Refusal, type Server, webSocketRoute } from '@sustain/ops/server';
import { type Composer, defaultParameters, type MusicParameters } from './composition/index.ts';
import { auralisFaults } from './faults.ts';
import { listenerJoined, listenerLeft, listenerRefused, parametersChanged } from './signals.ts';
import {
  acceptedMessage,
  type Broadcast,
  type ControlMessage,
  Listener,
  MAX_MESSAGE_BYTES,
  parametersMessage,
  StreamSocket,
  type Timeline,
  welcomeMessage,
} from './streaming/index.ts';

export interface StreamRouteOptions {
  readonly composer: Composer;
  readonly timeline: Timeline;
  readonly broadcast: Broadcast;
  readonly clock: Clock;
  readonly signals: Signals;
  /** How many may listen at once; the next is answered 503 with Retry-After. */
  readonly maxListeners: number;
}

/** Serves the stream at `ws /auralis/stream`: audio and news to everybody, control messages from anybody. */
export function serveStream(server: Server, options: StreamRouteOptions): void {
  const { composer, timeline, broadcast, clock, signals, maxListeners } = options;
  const listeners = new Set<Listener>();
  const joined = signals.channel(listenerJoined);
  const left = signals.channel(listenerLeft);
  const refused = signals.channel(listenerRefused);
  const changed = signals.channel(parametersChanged);

  server.onUpgrade(
    '/auralis/stream',
    webSocketRoute({
      ws: {
        WebSocket: StreamSocket,
        maxPayload: MAX_MESSAGE_BYTES,
        perMessageDeflate: false,
        allowSynchronousEvents: false,
      },
      admit: () => (listeners.size < maxListeners ? undefined : atCapacity(maxListeners)),
      onConnection(socket) {
        const listener: Listener = new Listener(socket, {
          clock,
          onControl: (message) => control(message, listener),
          onFault: (fault) => refused.emit({ fault }, ORIGIN),
        });
        listener.tell(
          welcomeMessage({
            epoch: broadcast.epoch,
            nextSeq: broadcast.nextSequenceForNewcomers,
            parameters: composer.parameters,
          }),
        );
        const leave = broadcast.add(listener);
        listeners.add(listener);
        joined.emit({ listeners: listeners.size }, ORIGIN);
        socket.on('refused', (fault: Fault) => refused.emit({ fault }, ORIGIN));
        socket.on('message', (data, isBinary) => listener.receive(data, isBinary));
        socket.once('close', (closeCode) => {
          leave();
          listeners.delete(listener);
          left.emit({ listeners: listeners.size, closeCode }, ORIGIN);
        });
      },
    }),
  );

  /** The next phrase to be composed is the first to be heard with the new parameters. */
  function control({ id, parameters }: ControlMessage, from: Listener): string {
    const before = composer.parameters;
    composer.update(parameters);
    const heardAtSample = timeline.endFrame;
    const isSame = fields.every((field) => composer.parameters[field] === before[field]);
    if (isSame) return acceptedMessage(id, composer.parameters, heardAtSample);
    changed.emit({ heardAtSample }, ORIGIN);
    const news = parametersMessage(composer.parameters, heardAtSample);
    for (const listener of listeners) if (listener !== from) listener.tell(news);
    return acceptedMessage(id, composer.parameters, heardAtSample);
  }
}

const ORIGIN = { source: 'auralis' } as const;

const fields = Object.keys(defaultParameters) as (keyof MusicParameters)[];

const RETRY_AFTER_MS = 5000;

function atCapacity(maxListeners: number): Refusal {
  return new Refusal(auralisFaults.TOO_MANY_LISTENERS({ maxListeners, retryAfterMs: RETRY_AFTER_MS }), 503);
}
