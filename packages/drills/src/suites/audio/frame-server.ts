import type { Socket } from 'node:net';
import { encodeFrameHeader, FRAME_HEADER_BYTES } from '@sustain/audio';
import { TcpServer } from '../tcp-server.ts';

const PAYLOAD_BYTES = 160;

/** Damages a message: header and payload of one frame. */
export type Damage = (message: Uint8Array) => Uint8Array;

export interface FrameServer {
  readonly port: number;
  /** What is done to every message. */
  damage: Damage | undefined;
  close(): Promise<void>;
}

/**
 * Starts, on a free port, what answers each byte that it gets with the next frame: a message after its length as a
 * 32-bit number.
 */
export async function frameServer(): Promise<FrameServer> {
  const serve = (socket: Socket) => {
    let sequence = 0;
    socket.on('data', (bytes) => {
      for (const _ of bytes) {
        const message = messageOf(sequence++);
        socket.write(prefixed(frames.damage?.(message) ?? message));
      }
    });
  };
  const server = await TcpServer.start(0, serve);
  const frames: FrameServer = { port: server.port, damage: undefined, close: () => server.close() };
  return frames;
}

function messageOf(sequence: number): Uint8Array {
  const message = new Uint8Array(FRAME_HEADER_BYTES + PAYLOAD_BYTES).fill(sequence % 251);
  const samplePosition = (sequence * PAYLOAD_BYTES) / 4;
  encodeFrameHeader({ flags: 0, epoch: 1, sequence, samplePosition, payloadBytes: PAYLOAD_BYTES }, message);
  return message;
}

function prefixed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(message.length);
  return Buffer.concat([length, message]);
}
