import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { systemClock } from '@sustain/kernel';
import { findProgram } from './find-program.ts';
import { onFreePort } from './free-port.ts';
import type { Service } from './service.ts';

export const redis: Service = {
  name: 'redis',
  about: 'state for many machines; keeps an append-only file',
  debianPackages: ['redis-server'],
  elsewhere: 'brew install redis',
  locate: () => findProgram('redis-server'),

  async start(program, folder) {
    const data = folder.folder('redis');
    return onFreePort(async (port) => {
      const settings = [
        '--port',
        `${port}`,
        '--bind',
        '127.0.0.1',
        '--dir',
        data,
        '--appendonly',
        'yes',
        '--save',
        '',
      ];
      await folder.serve({
        name: 'redis',
        command: [program, ...settings],
        isReady: () => answersPing(port),
      });
      return { REDIS_URL: `redis://127.0.0.1:${port}` };
    });
  },
};

/** Connecting is not enough: while Redis loads its file it accepts connections and answers -LOADING. */
async function answersPing(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const silence = systemClock.schedule(1000, () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    socket.end('PING\r\n');
    return (await text(socket)) === '+PONG\r\n';
  } catch {
    return false; // it does not listen yet
  } finally {
    silence.cancel();
    socket.destroy();
  }
}
