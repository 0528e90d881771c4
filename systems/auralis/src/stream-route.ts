import type { IncomingMessage } from 'node:http';
import { type Clock, classify, createOperation, type Fault, type Signals } from '@sustain/kernel';
import { Refusal, type Server, webSocketRoute } from '@sustain/ops/server';
import { type Composer, defaultParameters, type MusicParameters } from './composition/index.ts';
import { auralisFaults } from './faults.ts';
import { parametersChanged } from './signals.ts';
import {
  Audience,
  acceptedMessage,
  type Broadcast,
  CLOSE_PATIENCE_MS,
  type ControlMessage,
  errorMessage,
  type Hello,
  type Listener,
  MAX_MESSAGE_BYTES,
  parametersMessage,
  parseHello,
  type Seat,
  StreamSocket,
  type Timeline,
} from './streaming/index.ts';

export interface StreamRouteOptions {
  readonly composer: Composer;
  readonly timeline: Timeline;
  readonly broadcast: Broadcast;
  readonly clock: Clock;
  readonly signals: Signals;
  /** How many may listen at once; the next is answered 503 with Retry-After, or told so if it asks for that. */
  readonly maxListeners: number;
}

/** Serves the stream at `ws /auralis/stream`: audio and news to everybody, control messages from anybody. */
export function serveStream(server: Server, options: StreamRouteOptions): void {
  const { composer, timeline, broadcast, clock, signals, maxListeners } = options;
  const changed = signals.channel(parametersChanged);
  const audience = new Audience({
    broadcast,
    clock,
    signals,
    parameters: () => composer.parameters,
    onControl: control,
  });

  server.onUpgrade(
    '/auralis/stream',
    webSocketRoute({
      ws: {
        WebSocket: StreamSocket,
        maxPayload: MAX_MESSAGE_BYTES,
        perMessageDeflate: false,
        allowSynchronousEvents: false,
      },
      admit,
      onConnection(socket, request) {
        socket.on('refused', (fault: Fault) => audience.refused(fault));
        const hello = parseHello(request.url ?? '');
        if (isFullFor(hello)) turnAway(socket);
        else take(socket, hello);
      },
    }),
  );

  function admit(request: IncomingMessage): Refusal | undefined {
    try {
      const hello = parseHello(request.url ?? '');
      return isFullFor(hello) && !hello.tellsFull ? new Refusal(atCapacity(), 503) : undefined;
    } catch (error) {
      return new Refusal(classify(error), 400);
    }
  }

  function isFullFor(hello: Hello): boolean {
    return audience.size >= maxListeners && !audience.replaces(hello);
  }

  function atCapacity(): Fault {
    return auralisFaults.TOO_MANY_LISTENERS({ maxListeners, retryAfterMs: RETRY_AFTER_MS });
  }

  /** Pages cannot see an answer of 503: it is let in to be told the same. */
  function turnAway(socket: StreamSocket): void {
    const operationId = createOperation('listener').id;
    const fault = atCapacity();
    audience.refused(fault);
    socket.send(errorMessage(fault, operationId));
    end(socket, 1008, fault.message);
  }

  /** Whatever fails on our side ends this connection alone, cleanly, and says nothing of the inside. */
  function take(socket: StreamSocket, hello: Hello): void {
    let seat: Seat | undefined;
    const serve = (work: () => void) => {
      try {
        work();
      } catch (error) {
        const fault = classify(error);
        audience.refused(fault);
        end(socket, 1011, fault.code.slice(0, MAX_REASON_LENGTH));
        seat?.leave(1011);
      }
    };
    socket.once('close', (closeCode) => seat?.leave(closeCode));
    socket.on('message', (data, isBinary) => serve(() => seat?.listener.receive(data, isBinary)));
    socket.on('pong', () => seat?.listener.pong());
    serve(() => {
      seat = audience.enter(socket, hello);
    });
  }

  function end(socket: StreamSocket, code: number, reason: string): void {
    socket.close(code, reason);
    clock.schedule(CLOSE_PATIENCE_MS, () => socket.terminate(), { keepAlive: false });
  }

  /** The next phrase to be composed is the first to be heard with the new parameters. */
  function control({ id, parameters }: ControlMessage, from: Listener): string {
    const before = composer.parameters;
    composer.update(parameters);
    const heardAtSample = timeline.endFrame;
    const isSame = fields.every((field) => composer.parameters[field] === before[field]);
    if (isSame) return acceptedMessage(id, composer.parameters, heardAtSample);
    changed.emit({ heardAtSample }, ORIGIN);
    audience.tellOthers(from, parametersMessage(composer.parameters, heardAtSample));
    return acceptedMessage(id, composer.parameters, heardAtSample);
  }
}

const ORIGIN = { source: 'auralis' } as const;

const fields = Object.keys(defaultParameters) as (keyof MusicParameters)[];

const RETRY_AFTER_MS = 5000;

/** Of a close reason: seed 002 cuts there. */
const MAX_REASON_LENGTH = 100;
