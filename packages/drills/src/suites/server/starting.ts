import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import { Signals, systemClock } from '@sustain/kernel';
import { HealthMonitor } from '@sustain/ops/health';
import { authFaults, createServer, type ServerOptions, serverFaults } from '@sustain/ops/server';
import { type DrillDeclaration, type DrillSubject, drill, type Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { freePort } from '../../processes/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask } from './asking.ts';
import { bearer, TOKEN } from './guarded-server.ts';

/** A program that is started, asked, and ended, with what is configured by then. */
interface Program extends DrillSubject {
  options: Partial<ServerOptions>;
}

/** An address of no machine: https://www.rfc-editor.org/rfc/rfc5737 */
const NOBODYS_ADDRESS = '192.0.2.1';

export const addressInUse = failedStart({
  name: 'port-taken',
  fault: serverFaults.ADDRESS_IN_USE,
  kind: 'process',
  breaks: 'another program listens on the port when ours is started',
  notices: 'the program does not start, and says which port is taken, and what to do',
  async inject({ options }, scene) {
    const other = createTcpServer();
    // Ours is started and ended again and again: whoever wants its port has to be quick.
    for (let hasIt = false; !hasIt; ) {
      other.listen(options.port, '127.0.0.1');
      hasIt = await once(other, 'listening').then(
        () => true,
        () => false,
      );
      scene.signal.throwIfAborted();
    }
    const undo = () => new Promise<void>((resolve) => void other.close(() => resolve()));
    scene.inject(startInjection({ what: `another program on port ${options.port}`, undo }));
  },
  sabotage: {
    file: sourceOf('packages/ops/src/server/listen-fault.ts'),
    replace: "if (code === 'EADDRINUSE')",
    by: 'if (false)',
  },
});

export const addressUnusable = failedStart({
  name: 'address-of-another-machine',
  fault: serverFaults.ADDRESS_UNUSABLE,
  kind: 'configuration',
  breaks: 'the program is told to listen on an address that this machine does not have',
  notices: 'the program does not start, and says which address is wrong',
  inject: (program, scene) => configure(program, scene, { host: NOBODYS_ADDRESS }),
  sabotage: {
    file: sourceOf('packages/ops/src/server/listen-fault.ts'),
    replace: "'EADDRNOTAVAIL',",
    by: '',
  },
});

export const remoteWithoutToken = failedStart({
  name: 'open-to-the-network-without-token',
  fault: serverFaults.REMOTE_WITHOUT_TOKEN,
  kind: 'configuration',
  breaks: 'the program is told to listen for other machines, and not whom to let in',
  notices: 'the program does not start, and says that it wants a token',
  inject: (program, scene) => configure(program, scene, { host: NOBODYS_ADDRESS, tokens: [] }),
  sabotage: {
    file: sourceOf('packages/ops/src/server/server-options.ts'),
    replace: 'if (tokens.length === 0 && !isLoopback(host))',
    by: 'if (false)',
  },
});

const accessTokens = sourceOf('packages/ops/src/server/auth/access-tokens.ts');

export const tokenTooShort = failedStart({
  name: 'token-too-short',
  fault: authFaults.TOKEN_UNUSABLE,
  kind: 'configuration',
  breaks: 'somebody configures a token that can be guessed',
  notices: 'the program does not start, and says how to make a token',
  inject: (program, scene) => configure(program, scene, { tokens: [TOKEN, 'hunter2'] }),
  sabotage: {
    file: accessTokens,
    replace: "if (typeof token !== 'string' || token.length < MIN_TOKEN_LENGTH)",
    by: 'if (false)',
  },
});

export const hashCutOff = failedStart({
  name: 'token-hash-cut-off',
  fault: authFaults.TOKEN_UNUSABLE,
  kind: 'configuration',
  breaks: 'the hash of a token lost its end when it was copied',
  notices: 'the program does not start, and says that the hash has not its 64 digits',
  inject: (program, scene) => configure(program, scene, { tokens: [TOKEN, `sha256:${'ab12'.repeat(15)}`] }),
  sabotage: {
    file: accessTokens,
    replace: 'if (!/^[0-9a-f]{64}$/i.test(hex))',
    by: 'if (false)',
  },
});

type FailedStart = Omit<DrillDeclaration<Program>, 'subject' | 'limits' | 'recovers'>;

/** A drill of a start that fails, and says why to the person who then makes it right. */
function failedStart(declaration: FailedStart) {
  return drill<Program>({
    ...declaration,
    recovers: 'a person is told what is wrong and what to do; the next start succeeds',
    limits: { detectMs: 3000, restoreMs: 5000 },
    subject: newProgram,
  });
}

async function newProgram(scene: Scene): Promise<Program> {
  const signals = new Signals();
  const program: Program = {
    drillable: true,
    signals,
    options: { port: await freePort(scene.random.fork('port')), tokens: [TOKEN] },
    async use(signal) {
      const { options } = program;
      const clock = systemClock;
      const server = createServer({ health: new HealthMonitor({ clock }), clock, signals, ...options });
      try {
        const url = await server.start();
        const { body } = await ask(`${url}/health`, { headers: bearer(TOKEN), signal });
        if (!body.includes('"status":"pass"'))
          throw new Error(`expected to hear that it is well, got ${body}`);
      } finally {
        await server.stop();
      }
      return 'full';
    },
    close: () => undefined,
  };
  return program;
}

/** Until a person has made it right again. */
function configure(program: Program, scene: Scene, change: Partial<ServerOptions>): void {
  const { options } = program;
  program.options = { ...options, ...change };
  const undo = () => {
    program.options = options;
  };
  scene.inject(startInjection({ what: `configured ${Object.keys(change).join(' and ')}`, undo }));
}
