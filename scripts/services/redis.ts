import { once } from 'node:events';
import { connect } from 'node:net';
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
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [answer] = await once(socket, 'data');
    return String(answer) === '+PONG\r\n';
  } catch {
    return false; // it does not listen yet
  } finally {
    socket.destroy();
  }
}
