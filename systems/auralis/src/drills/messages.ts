import { type Drill, type DrillDeclaration, drill, type Scene } from '@sustain/drills';
import type { Random } from '@sustain/kernel';
import { auralisFaults } from '../faults.ts';
import { type Answer, type BadListeners, badListeners, type Misdeed } from './bad-listener.ts';
import { type ListenedAuralis, listenedAuralis } from './listened-auralis.ts';

const listener = new URL('../streaming/listener.ts', import.meta.url);
const onlyTheSender = 'nothing; only the one who sent it is told why';

export const impossibleParameters = refusedMessages({
  name: 'impossible-parameters',
  fault: auralisFaults.INVALID_PARAMETERS,
  breaks: 'listeners ask for keys, modes, tempos and intensities that there are not',
  recovers: 'the listener who sent it is told what is allowed, and in which field',
  notices: onlyTheSender,
  misdeeds: (random) =>
    inAnyOrder(random, [
      '{"key":"H"}',
      '{"mode":"jazz"}',
      '{"tempoBpm":null}',
      '{"tempoBpm":1e999}',
      `{"tempoBpm":${141 + 1000 * random.next()}}`,
      `{"intensity":${-random.next() - 0.001}}`,
      '{"__proto__":{"key":"D"}}',
      '[]',
    ]).map((parameters) => says(`{"type":"control","id":"x","parameters":${parameters}}`)),
  expects: ({ id, field }) => id === 'x' && typeof field === 'string',
  sabotage: {
    file: new URL('../composition/parameters.ts', import.meta.url),
    replace: '  if (problems.length > 0) throw auralisFaults.INVALID_PARAMETERS({ problems });\n',
    by: '',
  },
});

export const senselessMessages = refusedMessages({
  name: 'senseless-messages',
  fault: auralisFaults.MALFORMED_MESSAGE,
  breaks: 'listeners send what is no control message: no JSON, no object, no known type, random bytes',
  recovers: 'the listener who sent it is told what was wrong',
  notices: onlyTheSender,
  misdeeds: (random) =>
    inAnyOrder(random, [
      says(''),
      says('key=D'),
      says('{"type":"reboot"}'),
      says('['.repeat(1000)),
      says('{"type":"control","parameters":{"tempoBpm":NaN}}'),
      says(`{"type":"control","id":"${'x'.repeat(65)}","parameters":{}}`),
      says(`{"type":"playback","playedSample":${-1 - 1000 * random.next()}}`),
      { does: (listener) => listener.send(bytes(random)) },
    ]),
  sabotage: {
    file: listener,
    replace:
      'this.tell(errorMessage(fault, operation.id, text === undefined ? undefined : messageIdOf(text)));',
    by: '',
  },
});

export const noFrames = refusedMessages({
  name: 'bytes-that-are-no-frames',
  fault: auralisFaults.MALFORMED_MESSAGE,
  breaks: 'listeners send bytes that are no WebSocket frame, and texts that are not UTF-8',
  recovers: 'who sends no WebSocket frames, or no UTF-8, is sent away with 1002 or 1007 besides',
  notices: onlyTheSender,
  misdeeds: (random) =>
    inAnyOrder(random, [
      { does: (listener) => listener.sendRaw(noFrame(random)), closeCode: 1002 },
      { does: (listener) => listener.sendAsText(Buffer.from([0xc3, 0x28])), closeCode: 1007 },
    ]),
  sabotage: {
    file: new URL('../streaming/stream-socket.ts', import.meta.url),
    replace: 'refused !== undefined &&',
    by: 'false &&',
  },
});

export const tooLargeMessages = refusedMessages({
  name: 'too-large-messages',
  fault: auralisFaults.MESSAGE_TOO_LARGE,
  breaks: 'listeners send 4 KB and a byte, and 1 MB',
  recovers: 'the listener who sent it is told the limit, and sent away with 1009',
  notices: onlyTheSender,
  misdeeds: () => [4097, 1_000_000].map((length) => ({ ...says('x'.repeat(length)), closeCode: 1009 })),
  expects: ({ message }) => String(message).includes('4096'),
  sabotage: {
    file: new URL('../stream-route.ts', import.meta.url),
    replace: 'maxPayload: MAX_MESSAGE_BYTES,',
    by: 'maxPayload: 2 ** 30,',
  },
});

export const floods = refusedMessages({
  name: 'floods',
  fault: auralisFaults.TOO_MANY_MESSAGES,
  breaks: 'listeners send 25 messages at once, and 300',
  recovers:
    'the listener is told once, what it sends beyond the 20 of a second is dropped, and beyond 200 it is cut off',
  notices: 'nothing; only the one who sent them is told when to go on',
  misdeeds: () => [{ does: sends(25) }, { does: sends(300), closeCode: 1006 }],
  expects: ({ retryable, retryAfterMs }) => retryable === true && Number(retryAfterMs) > 0,
  sabotage: {
    file: new URL('../streaming/message-allowance.ts', import.meta.url),
    replace: 'return Math.max(0, this.#used - MAX_MESSAGES_PER_SECOND);',
    by: 'return 0;',
  },
});

interface RefusedMessages
  extends Pick<DrillDeclaration, 'name' | 'fault' | 'breaks' | 'recovers' | 'notices' | 'sabotage'> {
  readonly misdeeds: (random: Random) => readonly Misdeed[];
  /** What must be true of each answer, besides what is true of all. */
  readonly expects?: (answer: Answer) => boolean;
}

interface Troubled extends ListenedAuralis {
  trouble?: BadListeners;
}

/** A drill in which listeners are refused what they send, one after the other, and the good one notices nothing. */
function refusedMessages({ misdeeds, expects = () => true, ...declaration }: RefusedMessages): Drill {
  const { fault, breaks: what } = declaration;
  const isAsItShouldBe = (answer: Answer) =>
    answer['code'] === fault.code && answer['message'] !== '' && expects(answer);
  return drill<Troubled>({
    ...declaration,
    kind: 'input',
    subject: listenedAuralis,
    inject(subject, scene: Scene) {
      const { url } = subject.auralis;
      subject.trouble = badListeners(scene, { url, what, misdeeds: misdeeds(scene.random) });
    },
    whileBroken: ({ ear }) => ear.expectUndisturbed(),
    afterwards({ ear, trouble }) {
      ear.expectUndisturbed();
      const { problem, answers = [] } = trouble ?? {};
      if (problem !== undefined) throw problem;
      const wrong = answers.find((answer) => !isAsItShouldBe(answer));
      if (wrong !== undefined) throw new Error(`a bad listener was told ${JSON.stringify(wrong)}`);
    },
    limits: { detectMs: 3000, recoveryMs: 2000 },
  });
}

function says(text: string): Misdeed {
  return { does: (listener) => listener.send(text) };
}

function sends(messages: number): Misdeed['does'] {
  return (listener) => {
    for (let i = 0; i < messages; i++) listener.send('{"type":"control","parameters":{"intensity":0.6}}');
  };
}

function bytes(random: Random): Buffer {
  return Buffer.from(Array.from({ length: 64 }, () => Math.floor(256 * random.next())));
}

/** Random, but for the bits that are reserved. */
function noFrame(random: Random): Buffer {
  const noise = bytes(random);
  noise.writeUInt8(noise.readUInt8(0) | 0x70, 0);
  return noise;
}

function inAnyOrder<T>(random: Random, list: readonly T[]): T[] {
  return list
    .map((item) => ({ item, at: random.next() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
