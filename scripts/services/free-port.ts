import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';

const attempts = 3;

/**
 * Runs `start` with a loopback port that nobody uses. Between the asking and the using somebody else may take it:
 * when `start` fails it is tried again, three times in all, each time with another port.
 */
export async function onFreePort<T>(start: (port: number) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(await freePort());
    } catch (error) {
      if (attempt === attempts) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
