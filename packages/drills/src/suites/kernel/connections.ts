import { kernelFaults, pipeline, Signals, timeout } from '@sustain/kernel';
import { type DrillSubject, drill, type Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { freePort } from '../../processes/index.ts';
import { sourceOf } from '../source-of.ts';
import { TcpServer } from '../tcp-server.ts';
import { KeptConnection } from './kept-connection.ts';
import { NameServer } from './name-server.ts';

interface Client extends DrillSubject {
  /** It answers what it is sent. */
  readonly server: TcpServer;
  readonly names: NameServer;
}

const AWAY_MS = 60;
const RECONNECT_RETRY = sourceOf('packages/kernel/src/recovery/strategies/reconnect-retry.ts');

export const connectionReset = drill<Client>({
  name: 'connection-reset',
  fault: kernelFaults.CONNECTION_LOST,
  kind: 'network',
  breaks: 'the other side resets the connection (RST)',
  recovers: 'a new connection is made',
  notices: 'at most one question that has to be asked again',
  subject: client,
  inject: ({ server }) => server.reset(),
  sabotage: { file: RECONNECT_RETRY, replace: 'await options.reconnect(context, signal)', by: 'false' },
});

export const connectionRefused = drill<Client>({
  name: 'server-away',
  fault: kernelFaults.CONNECTION_REFUSED,
  kind: 'network',
  breaks: `the server goes away for ${AWAY_MS} ms, and its port refuses connections`,
  recovers: 'it is tried again and again until there is a connection',
  notices: `an answer that is late by ${AWAY_MS} ms`,
  subject: client,
  async inject({ server }, scene) {
    await server.close();
    scene.inject(startInjection({ what: 'nobody listens', undo: () => server.open() }));
  },
  lastsMs: AWAY_MS,
  sabotage: { file: RECONNECT_RETRY, replace: 'retryOn: () => true', by: 'retryOn: () => false' },
});

export const hostNotFound = drill<Client>({
  name: 'no-such-name',
  fault: kernelFaults.HOST_NOT_FOUND,
  kind: 'network',
  breaks: `the connection ends, and for ${AWAY_MS} ms the name server says that there is no such name (NXDOMAIN)`,
  recovers: 'it is asked again and again until there is a connection',
  notices: `an answer that is late by ${AWAY_MS} ms`,
  subject: client,
  inject({ server, names }, scene) {
    names.knowsNames = false;
    const undo = () => {
      names.knowsNames = true;
    };
    scene.inject(startInjection({ what: 'NXDOMAIN', undo }));
    server.hangUp();
  },
  lastsMs: AWAY_MS,
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/error-handler.ts'),
    replace: 'outcome = await manager.recover(recovery, report,',
    by: "outcome = await manager.recover('none', report,",
  },
});

async function client({ random }: Scene): Promise<Client> {
  const server = await TcpServer.start(await freePort(random.fork('port')), (socket) => {
    socket.on('data', (bytes) => socket.write(bytes));
  });
  const names = await NameServer.start();
  const signals = new Signals();
  const { port } = server;
  const connection = new KeptConnection({ host: 'echo.test', port, lookup: names.lookup, signals });
  await connection.open();
  const calls = pipeline({ name: 'client', signals }, timeout(500));
  return {
    drillable: true,
    signals,
    server,
    names,
    async use(signal) {
      const answer = await calls.run(() => connection.ask('hello'), { signal });
      if (answer !== 'hello') throw new Error(`expected hello, got ${answer}`);
      return 'full';
    },
    async close() {
      await connection.close();
      await server.close();
      await names.close();
    },
  };
}
