import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { AnsweredProblem, drill, startInjection } from '@sustain/drills';
import { WebSocket } from 'ws';
import { auralisFaults } from '../faults.ts';
import { listenerRefused } from '../signals.ts';
import type { DeafListener } from './bad-listener.ts';
import { type ListenedAuralis, listenedAuralis } from './listened-auralis.ts';
import { StreamClient } from './stream-client.ts';

export const eleventhListener = drill<ListenedAuralis>({
  name: 'client-limit',
  fault: auralisFaults.TOO_MANY_LISTENERS,
  kind: 'load',
  breaks: 'ten listen, and an eleventh comes',
  recovers: 'the eleventh is answered 503 with Retry-After, before anything is opened',
  notices: 'nothing; the eleventh is told that it is full, and its player tries again',
  subject: listenedAuralis,
  async inject({ auralis: { url } }, scene) {
    const crowd = await Promise.all(Array.from({ length: 9 }, () => deafListener(url)));
    const undo = async () => {
      for (const listener of crowd) listener.stop();
      await Promise.all(crowd.map(({ closed }) => closed));
    };
    scene.begin();
    scene.inject(startInjection({ what: 'nine more listen', undo }));
    await scene.attempt(() => knock(url));
  },
  whileBroken: ({ ear }) => ear.expectUndisturbed(),
  async afterwards({ auralis: { url }, ear }) {
    await knock(url);
    ear.expectUndisturbed();
  },
  limits: { detectMs: 3000, recoveryMs: 2000 },
  sabotage: {
    file: new URL('../stream-route.ts', import.meta.url),
    replace: 'return audience.size >= maxListeners && !audience.replaces(hello);',
    by: 'return hello === undefined;',
  },
});

interface WithDreamer extends ListenedAuralis {
  /** The one who does not read. */
  dreamer?: DeafListener;
}

export const listenerDoesNotRead = drill<WithDreamer>({
  name: 'listener-does-not-read',
  fault: auralisFaults.LISTENER_TOO_SLOW,
  kind: 'network',
  breaks: 'a listener stays connected, and does not read',
  recovers:
    'frames are dropped while more than a second waits, beside the 4 MB of the system; when 3 s wait, or two pings in a row are not answered, close 4008',
  notices: 'nothing; only the one who did not read has a gap, and then no stream',
  subject: listenedAuralis,
  async inject(subject, scene) {
    const { auralis, clock } = subject;
    const dreamer = await deafListener(auralis.url);
    subject.dreamer = dreamer;
    scene.begin();
    dreamer.pause();
    clock.runAt(HASTE);
    const stop = auralis.signals.on(listenerRefused, () => clock.runAt(1));
    scene.inject(
      startInjection({
        what: 'a listener does not read',
        substitute: `time that runs ${HASTE} times as fast, until it is sent away; not 11 s of silence`,
        async undo() {
          stop();
          clock.runAt(1);
          dreamer.resume();
          dreamer.stop();
          await dreamer.closed;
        },
      }),
    );
  },
  whileBroken: ({ ear }) => ear.expectNoneLost(),
  async afterwards({ ear, dreamer }) {
    ear.expectNoneLost();
    const end = await dreamer?.closed;
    if (end?.code !== 4008) throw new Error(`it was to be sent away with 4008; it was with ${end?.code}`);
  },
  limits: { detectMs: 10_000, recoveryMs: 2000, restoreMs: 10_000 },
  sabotage: {
    file: new URL('../streaming/listener.ts', import.meta.url),
    replace: 'this.#socket.close(CLOSE_TOO_SLOW, fault.code);',
    by: '',
  },
});

export const listenerDoesNotPlay = drill<WithDreamer>({
  name: 'listener-does-not-play',
  fault: auralisFaults.LISTENER_TOO_SLOW,
  kind: 'network',
  breaks: 'a listener reads, and says all along that it has got to the same sample',
  recovers: 'when it has said so for 10 s, while audio was sent, close 4008',
  notices: 'nothing; only the one who heard nothing has no stream, and its player comes back',
  subject: listenedAuralis,
  async inject(subject, scene) {
    const { auralis, clock } = subject;
    const dreamer = await deafListener(auralis.url);
    subject.dreamer = dreamer;
    scene.begin();
    clock.runAt(HASTE);
    const report = '{"type":"playback","playedSample":44100}';
    const stopReporting = dreamer.onFrame(() => {
      if (dreamer.frames.length % REPORT_EVERY_FRAMES === 0) dreamer.send(report);
    });
    const stop = auralis.signals.on(listenerRefused, () => clock.runAt(1));
    scene.inject(
      startInjection({
        what: 'a listener does not get on with what it hears',
        substitute: `time that runs ${HASTE} times as fast, until it is sent away`,
        async undo() {
          stop();
          stopReporting();
          clock.runAt(1);
          dreamer.stop();
          await dreamer.closed;
        },
      }),
    );
  },
  whileBroken: ({ ear }) => ear.expectNoneLost(),
  async afterwards({ ear, dreamer }) {
    ear.expectNoneLost();
    const end = await dreamer?.closed;
    if (end?.code !== 4008) throw new Error(`it was to be sent away with 4008; it was with ${end?.code}`);
  },
  limits: { detectMs: 10_000, recoveryMs: 2000, restoreMs: 10_000 },
  sabotage: {
    file: new URL('../streaming/playback-progress.ts', import.meta.url),
    replace: 'return isWatched && nowMs',
    by: 'return !isWatched && nowMs',
  },
});

export const impossibleHello = drill<ListenedAuralis>({
  name: 'impossible-hello',
  fault: auralisFaults.INVALID_HELLO,
  kind: 'input',
  breaks: 'listeners come back from places that there are not',
  recovers: 'they are answered 400 and told what is allowed, before anything is opened',
  notices: 'nothing; only the one who came so is told why',
  subject: listenedAuralis,
  async inject({ auralis: { url } }, scene) {
    scene.begin();
    scene.inject(startInjection({ what: 'listeners come back from nowhere', undo: async () => undefined }));
    for (const query of [
      'lastSeq=-1',
      'epoch=4294967296',
      'resume=',
      'bufferMs=1e3',
      'lastSeq=1&lastSeq=2',
    ]) {
      await scene.attempt(() => knock(url, query));
    }
  },
  whileBroken: ({ ear }) => ear.expectUndisturbed(),
  async afterwards({ auralis: { url }, ear }) {
    await knock(url, 'resume=of-somebody&epoch=1&lastSeq=2');
    ear.expectUndisturbed();
  },
  limits: { detectMs: 3000, recoveryMs: 2000 },
  sabotage: {
    file: new URL('../streaming/hello.ts', import.meta.url),
    replace: 'if (value === undefined) {',
    by: 'if (false as boolean) {',
  },
});

/** The system's buffers hold 23 s, on Linux; two pings take up to 11 s. */
const HASTE = 10;

const REPORT_EVERY_FRAMES = 25;

function deafListener(url: string): Promise<DeafListener> {
  return StreamClient.connect(url, () => undefined);
}

/** Comes and leaves again. Rejects with what it is answered when it is not let in. */
async function knock(url: string, query = ''): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/auralis/stream?${query}`);
  const refused = once(socket, 'unexpected-response') as Promise<[unknown, IncomingMessage]>;
  const answer = await Promise.race([refused, once(socket, 'open').then(() => undefined)]);
  socket.on('error', () => socket.readyState); // that of being refused, which is told here
  if (answer === undefined) {
    socket.close();
    await once(socket, 'close');
    return;
  }
  const [, response] = answer;
  const body = await text(response);
  socket.terminate();
  const { statusCode, headers } = response;
  const isFull = statusCode === 503 && headers['retry-after'] === '5';
  if (!isFull && statusCode !== 400) {
    throw new Error(`expected 400, or 503 with Retry-After; got ${statusCode} ${JSON.stringify(headers)}`);
  }
  throw AnsweredProblem.of(JSON.parse(body)) ?? new Error(`an answer that names no fault: ${body}`);
}
