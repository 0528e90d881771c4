import { audioFaults, MAX_PAYLOAD_BYTES } from '@sustain/audio';
import type { AnyFaultFactory } from '@sustain/kernel';
import { type Drill, drill, type Sabotage } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { FrameListener } from './frame-listener.ts';
import { type Damage, type FrameServer, frameServer } from './frame-server.ts';

const neverReconnects: Sabotage = {
  file: sourceOf('packages/kernel/src/recovery/strategies/reconnect-retry.ts'),
  replace: "if ((await options.reconnect(context, signal)) !== true) throw new Error('no connection');",
  by: "throw new Error('no connection');",
};

/** A copy with these bytes at `offset`. */
const withBytes =
  (offset: number, ...bytes: readonly number[]): Damage =>
  (message) => {
    const copy = message.slice();
    copy.set(bytes, offset);
    return copy;
  };

function damaged(name: string, fault: AnyFaultFactory, breaks: string, damage: Damage): Drill {
  return drill<FrameListener>({
    name,
    fault,
    kind: 'network',
    breaks,
    recovers: 'the listener connects to the next server',
    notices: 'nothing, when the next server is as far as this one',
    subject: async () => new FrameListener([await frameServer(), await frameServer()]),
    inject({ servers: [server] }, scene) {
      (server as FrameServer).damage = damage;
      const undo = () => {
        (server as FrameServer).damage = undefined;
      };
      scene.inject(startInjection({ what: breaks, undo }));
    },
    sabotage: neverReconnects,
  });
}

export const damagedFrames: readonly Drill[] = [
  damaged(
    'frame-cut-in-its-header',
    audioFaults.FRAME_TRUNCATED,
    'every message ends after 10 bytes',
    (message) => message.subarray(0, 10),
  ),
  damaged(
    'stream-of-something-else',
    audioFaults.FRAME_MAGIC_UNKNOWN,
    'the server sends something else',
    withBytes(0, 0x4f, 0x67),
  ),
  damaged(
    'frame-announces-too-much',
    audioFaults.FRAME_OVERSIZED,
    'every header announces more audio than is allowed',
    withBytes(20, ...littleEndian(MAX_PAYLOAD_BYTES + 1)),
  ),
  damaged(
    'frame-loses-its-end',
    audioFaults.FRAME_LENGTH_MISMATCH,
    'the last 4 bytes of every frame are lost',
    (message) => message.subarray(0, -4),
  ),
  damaged(
    'frame-from-beyond-time',
    audioFaults.FRAME_FIELD_INVALID,
    'every frame claims a position above 2^53',
    withBytes(16, 0, 0, 0, 0x80),
  ),
];

function littleEndian(value: number): number[] {
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

/** Not recovered from: there is no other way to understand it. */
export const newerVersion = drill<FrameListener>({
  name: 'frame-of-a-newer-version',
  fault: audioFaults.FRAME_VERSION_UNKNOWN,
  kind: 'configuration',
  breaks: 'the server is upgraded to a newer version of the protocol',
  recovers: 'it is told; somebody brings both sides to one release',
  notices: 'silence, and a request to reload the page',
  subject: async () => new FrameListener([await frameServer()]),
  inject({ servers: [server] }, scene) {
    (server as FrameServer).damage = withBytes(2, 99);
    const undo = () => {
      (server as FrameServer).damage = undefined;
    };
    scene.inject(startInjection({ what: 'a newer version', undo }));
  },
  sabotage: {
    file: sourceOf('packages/audio/src/frame.ts'),
    replace: 'if (version !== FRAME_VERSION)',
    by: 'if (version === -1)',
  },
});
