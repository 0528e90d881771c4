import { registerHooks } from 'node:module';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { storeFaults } from '@sustain/stores';
import { drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { type FlowToxic, reset } from '../../network/index.ts';
import { sourceOf } from '../source-of.ts';
import { type OnRedis, onRedis, REDIS_LIMITS } from './redis-program.ts';

export const durabilityTaken = drill<OnRedis>({
  name: 'redis-made-forgetful',
  fault: storeFaults.DURABILITY_NOT_GIVEN,
  kind: 'configuration',
  breaks:
    'somebody sets appendfsync to everysec on a server that is to lose nothing, and connections are made anew',
  recovers: 'nothing more is acknowledged, until somebody sets it right',
  notices: 'that the service is not set up correctly',
  subject: (scene) => onRedis(scene, { durability: 'process-death' }),
  async inject({ server, proxy }, scene) {
    const what = 'appendfsync everysec';
    scene.inject(startInjection({ what, undo: () => setAppendfsync(server.port, 'no') }));
    await setAppendfsync(server.port, 'everysec');
    await proxy.add(reset(), { connections: 'open' }).end();
  },
  limits: REDIS_LIMITS,
  sabotage: {
    file: sourceOf('packages/stores/src/redis/redis-server.ts'),
    replace: 'if (lack !== undefined) {',
    by: 'if (false) {',
  },
});

export const serverTooOld = drill<OnRedis>({
  name: 'redis-too-old',
  fault: storeFaults.SERVER_TOO_OLD,
  kind: 'configuration',
  breaks: 'the server is exchanged for one of version 5',
  recovers: 'it is asked nothing that it cannot do; when somebody has upgraded it, it is used again',
  notices: 'that the service is not set up correctly',
  subject: (scene) => onRedis(scene),
  async inject({ proxy }, scene) {
    scene.inject(proxy.add(ofVersionFive, { direction: 'down' }));
    await proxy.add(reset(), { connections: 'open' }).end();
  },
  limits: REDIS_LIMITS,
  sabotage: {
    file: sourceOf('packages/stores/src/redis/redis-server.ts'),
    replace: 'if (isTooOld(version)) return tooOld(store, version);',
    by: '',
  },
});

export const driverMissing = drill<OnRedis>({
  name: 'redis-driver-missing',
  fault: storeFaults.DRIVER_MISSING,
  kind: 'configuration',
  breaks: 'the program is installed without the package that its store needs, and started',
  recovers: 'it says which package to install; when it is there, the store connects',
  notices: 'that the service is not installed completely',
  subject: (scene) => onRedis(scene),
  async inject(program, scene) {
    await program.restart(() => {
      scene.inject(withoutPackage('redis'));
    });
  },
  limits: REDIS_LIMITS,
  sabotage: {
    file: sourceOf('packages/stores/src/server/load-driver.ts'),
    replace: 'throw storeFaults.DRIVER_MISSING({ store, driver }, { cause: error });',
    by: 'throw error;',
  },
});

async function setAppendfsync(port: number, value: string): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  socket.end(`CONFIG SET appendfsync ${value}\r\n`);
  const answer = await text(socket);
  if (answer !== '+OK\r\n') throw new Error(`Redis answered ${answer}`);
}

/** In the answer to HELLO, the version stands behind its name as a text with its length. */
const ofVersionFive: FlowToxic = {
  on: 'flow',
  what: 'a server of version 5',
  substitute: 'the proxy says in the name of a newer Redis that it is of version 5',
  stage: () => ({
    bytes(bytes, arrivedMs) {
      const older = bytes.toString('latin1').replace(/(version\r\n\$\d+\r\n)\d/, '$15');
      return { fate: 'pass', bytes: Buffer.from(older, 'latin1'), atMs: arrivedMs };
    },
  }),
};

/** As where it is not installed: whoever imports it gets what Node says then. */
function withoutPackage(name: string) {
  const hooks = registerHooks({
    resolve(specifier, context, nextResolve) {
      if (specifier !== name) return nextResolve(specifier, context);
      const message = `Cannot find package '${name}' imported from ${context.parentURL}`;
      throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });
  const substitute = 'the package is there, and Node is told that it is not';
  return startInjection({ what: `no package ${name}`, substitute, undo: () => hooks.deregister() });
}
