import { once } from 'node:events';
import { createServer } from 'node:net';
import { kernelFaults, Signals } from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask, says, WebServer } from '../web-server.ts';
import { escalatingTo, handled } from './handled.ts';

interface Restarted extends DrillSubject {
  readonly server: WebServer;
  readonly told: readonly string[];
  /** The server is down: the next use starts it. */
  down(): Promise<void>;
}

export const portTaken = drill<Restarted>({
  name: 'port-taken',
  fault: kernelFaults.ADDRESS_IN_USE,
  kind: 'configuration',
  breaks: 'another program takes the port of a server while that is restarted',
  recovers: 'a person is told, and ends the other program',
  notices: 'no service until then',
  async subject({ random }) {
    const server = await WebServer.start(random, says('fresh'));
    const signals = new Signals();
    const told: string[] = [];
    const person = escalatingTo('a person', signals, ({ code }) => told.push(code));
    let isUp = true;
    return {
      drillable: true,
      signals,
      server,
      told,
      async down() {
        isUp = false;
        await server.close();
      },
      async use(signal) {
        if (!isUp) await handled(person, () => server.open());
        isUp = true;
        const answer = await ask(server.url, signal);
        if (answer !== 'fresh') throw new Error(`expected an answer, got ${answer}`);
        return 'full';
      },
      close: () => server.close(),
    };
  },
  async inject({ server, down }, scene) {
    await down();
    const other = createServer((socket) => socket.destroy()).listen(server.port, '127.0.0.1');
    await once(other, 'listening');
    const undo = async () => {
      const closed = once(other, 'close');
      other.close();
      await closed;
    };
    scene.inject(startInjection({ what: `another program listens on port ${server.port}`, undo }));
  },
  afterwards({ told }) {
    if (!told.includes('ADDRESS_IN_USE')) throw new Error('nobody was told');
  },
  sabotage: {
    file: sourceOf('packages/kernel/src/recovery/strategies/escalate.ts'),
    replace: '(await options.take(fault, context, signal)) === true',
    by: 'false',
  },
});
