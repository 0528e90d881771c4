import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

/** Two connections to the same server, one of them through the proxy. */
export interface TwoWays {
  readonly proxy: Socket;
  readonly direct: Socket;
}

/**
 * Runs `measure` with both connections. The server, the proxy and the client, which is this process, have a process each,
 * as they do in a drill at its worst: what they share is the machine.
 */
export async function twoWays<T>(
  server: readonly ['echo'] | readonly ['sink', everyBytes: number],
  measure: (ways: TwoWays) => Promise<T>,
): Promise<T> {
  const processes: ChildProcess[] = [];
  const listening = async (script: string, args: readonly unknown[]): Promise<number> => {
    const child = fork(fileURLToPath(new URL(script, import.meta.url)), args.map(String));
    processes.push(child);
    const ended = once(child, 'exit').then(([code]) => {
      throw new Error(`${script} ended with ${code} before it listened`);
    });
    const [port] = (await Promise.race([once(child, 'message'), ended])) as [number];
    return port;
  };
  try {
    const directPort = await listening('./server-process.ts', server);
    const proxyPort = await listening('./proxy-process.ts', [directPort]);
    const [direct, proxy] = await Promise.all([directPort, proxyPort].map(connected));
    return await measure({ direct: direct as Socket, proxy: proxy as Socket });
  } finally {
    for (const child of processes) child.kill('SIGKILL');
  }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('error', (error) => console.error(error.message));
  return socket;
}
